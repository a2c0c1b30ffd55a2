import gzip
import http.client
import io
import json
import socket

import numpy as np
import pytest
from PIL import Image
from viewer_kit import LABEL_FREE, ORACLE, SPECS, chunk_file, make_results, served, write_table

from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.storage.records import read_record, write_record
from seedmask.testing.indexing import write_index
from seedmask.viewer.server import FIRST_PORT, open_server


@pytest.fixture(scope="module")
def port(made):
    with served(made.results) as port:
        yield port


def ask(port, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def ask_json(port, path):
    status, _, body = ask(port, path)
    assert status == 200, body
    return json.loads(body)


def test_the_page_and_all_that_it_needs_are_served(port):
    for path, kind in {
        "/": "text/html; charset=utf-8",
        "/index.html": "text/html; charset=utf-8",
        "/viewer.js": "text/javascript; charset=utf-8",
        "/style.css": "text/css; charset=utf-8",
        "/LICENSES.txt": "text/plain; charset=utf-8",
    }.items():
        status, headers, body = ask(port, path)
        assert (status, headers["Content-Type"]) == (200, kind)
        assert len(body) == int(headers["Content-Length"]) > 0


def test_nothing_may_come_from_elsewhere_or_go_there(port):
    headers = ask(port, "/")[1]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("name", ["/server.py", "/../server.py", "/%2e%2e/server.py", "/page/index.html", "/results"])
def test_other_paths_are_refused(port, name):
    assert ask(port, name)[0] in (403, 404)


def test_files_below_the_results_are_served_completely_and_in_parts(port, made):
    path = chunk_file(made.results, "masks/crf", "mask")
    address = f"/results/{path.relative_to(made.results)}"
    data = path.read_bytes()
    status, headers, body = ask(port, address)
    assert (status, body) == (200, data)
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Type"] == "application/octet-stream"
    status, headers, body = ask(port, address, Range="bytes=5-11")
    assert (status, body) == (206, data[5:12])
    assert headers["Content-Range"] == f"bytes 5-11/{len(data)}"
    assert ask(port, address, Range="bytes=-9")[::2] == (206, data[-9:])
    status, headers, _ = ask(port, address, Range=f"bytes={len(data)}-")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(data)}")


def test_nothing_among_the_results_is_a_page_or_a_script(tmp_path):
    made = make_results(tmp_path, count=3)
    for name in ("page.html", "script.js", "style.css", "drawing.svg"):
        (made.results / name).write_text("<script>")
    with served(made.results) as port:
        kinds = {ask(port, f"/results/{name}")[1]["Content-Type"] for name in ("page.html", "script.js", "drawing.svg")}
        assert kinds == {"application/octet-stream"}
        headers = ask(port, "/results/index/index.csv")[1]
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_head_says_what_get_would_and_sends_nothing(port, made):
    address = "/results/masks/crf/manifests/0000.json"
    for more in ({}, {"Range": "bytes=0-9"}):
        head, get = ask(port, address, "HEAD", **more), ask(port, address, **more)
        assert head[0] == get[0]
        assert head[1]["Content-Length"] == str(len(get[2]))
        assert head[2] == b""
    assert ask(port, "/variants.json", "HEAD")[2] == b""
    assert ask(port, "/results/none", "HEAD")[::2] == (404, b"")


def test_a_browser_asks_each_time_and_learns_in_a_line_that_nothing_changed(made, port, tmp_path):
    address = "/results/masks/crf/manifests/0000.json"
    _, headers, _ = ask(port, address)
    assert headers["Cache-Control"] == "no-cache"
    status, _, body = ask(port, address, If_None_Match=headers["ETag"])
    assert (status, body) == (304, b"")
    for address in ("/variants.json", "/images.json", "/pictures/0?side=16", "/truth/0"):
        tag = ask(port, address)[1]["ETag"]
        assert ask(port, address, If_None_Match=tag)[::2] == (304, b"")
        assert ask(port, address, If_None_Match='"other"')[0] == 200


def test_a_file_that_was_made_again_is_sent_completely_to_a_browser_with_the_old_one(tmp_path):
    made = make_results(tmp_path, count=3)
    path = made.results / "notes.txt"
    path.write_text("0123456789")
    with served(made.results) as port:
        tag = ask(port, "/results/notes.txt")[1]["ETag"]
        assert ask(port, "/results/notes.txt", Range="bytes=0-1", If_Range=tag)[0] == 206
        path.write_text("abcdefghijk")
        assert ask(port, "/results/notes.txt", If_None_Match=tag)[0] == 200
        assert ask(port, "/results/notes.txt", Range="bytes=0-1", If_Range=tag)[::2] == (200, b"abcdefghijk")


@pytest.mark.parametrize("path", ["/results/../index", "/results/%2e%2e/%2e%2e/data/p000.png", "/results//etc/passwd"])
def test_no_path_leads_out_of_the_results(port, path):
    assert ask(port, path)[0] == 403


def test_only_this_machines_names_are_answered(port):
    for host in ("127.0.0.1", "localhost", "LOCALHOST:1234", f"127.0.0.1:{port}"):
        assert ask(port, "/variants.json", Host=host)[0] == 200
    for host in ("example.org", f"example.org:{port}", "127.0.0.1.example.org", "localhost.", "", "[::1]", "0.0.0.0"):
        status, _, body = ask(port, "/variants.json", Host=host)
        assert status == 403
        assert b"127.0.0.1 or localhost only" in body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_but_get_and_head_is_answered(port, method):
    status, headers, _ = ask(port, "/variants.json", method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_variants_come_in_the_order_of_the_stages_with_all_that_the_page_needs(port, made):
    facts = ask_json(port, "/variants.json")
    assert (facts["name"], facts["images"], facts["classes"]) == ("tiny", 9, ["ant", "bee", "cow"])
    assert [variant["name"] for variant in facts["variants"]] == list(SPECS)
    seeds = next(variant for variant in facts["variants"] if variant["name"] == "seeds/cam")
    assert seeds["problem"] is None
    assert seeds["finished"] == seeds["expected"] == [0, 1, 2]
    assert list(seeds["arrays"]) == ["cam", "fine", "fine_background", "classes"]
    assert {each["mode"]: each["value"] for each in seeds["thresholds"]} == {"label_free": LABEL_FREE, "oracle": ORACLE}
    masks = next(variant for variant in facts["variants"] if variant["name"] == "masks/crf")
    assert (masks["splits"], masks["expected"], masks["settings"]["method"]) == (["train"], [0, 1], "any")
    assert facts["variants"][-1]["pixel_labels"] == ["learns from truth masks"]


def test_unfinished_results_are_described_as_they_are(tmp_path):
    made = make_results(tmp_path)
    (made.results / "masks" / "new").mkdir()
    with served(made.results) as port:
        before = {variant["name"]: variant for variant in ask_json(port, "/variants.json")["variants"]}
        assert before["masks/new"]["problem"] == "no shard is finished yet"
        (made.results / "seeds/cam/manifests/0001.json").unlink()
        (made.results / "masks/crf/manifests/0000.json").write_text("{torn")
        after = {variant["name"]: variant for variant in ask_json(port, "/variants.json")["variants"]}
    assert after["seeds/cam"]["finished"] == [0, 2]
    assert after["seeds/cam"]["version"] != before["seeds/cam"]["version"]
    assert after["masks/mix"] == before["masks/mix"]
    assert "is damaged" in after["masks/crf"]["problem"]


def test_a_manifest_of_something_else_is_named(tmp_path):
    made = make_results(tmp_path, count=3)
    folder = made.results / "masks/crf/manifests"
    write_record(folder / "0000.json", {**read_record(folder / "0000.json"), "layout": {}})
    (folder / "notes.json").write_text("{}")
    with served(made.results) as port:
        found = {variant["name"]: variant for variant in ask_json(port, "/variants.json")["variants"]}
    assert "0000.json: names no arrays" in found["masks/crf"]["problem"]
    assert found["masks/mix"]["problem"] is None


def test_a_variant_whose_shards_are_all_being_made_again_is_still_known(tmp_path):
    made = make_results(tmp_path)
    for path in (made.results / "masks/crf/manifests").glob("*.json"):
        path.unlink()
    with served(made.results) as port:
        found = {variant["name"]: variant for variant in ask_json(port, "/variants.json")["variants"]}["masks/crf"]
    assert (found["problem"], found["finished"], found["expected"]) == (None, [], [0, 1])


def test_images_come_column_by_column(port, made):
    images = ask_json(port, "/images.json")
    assert images["id"] == [row.id for row in made.index.rows]
    assert images["splits"] == [["train", 6], ["val", 3]]
    assert images["tags"][3] is None
    assert images["tags"][1] == list(made.index.rows[1].tags)
    assert images["truth"] == [[True, 8], [False, 1]]
    assert (images["height"][0], images["width"][0]) == (24, 32)


def test_images_are_upright_jpegs_and_can_be_scaled_down(port, made):
    catalogue = Catalogue(made.results)
    status, headers, body = ask(port, "/pictures/1")
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    image = np.asarray(Image.open(io.BytesIO(body)), np.float64)
    assert image.shape == (32, 24, 3)
    assert abs(image.mean() - catalogue.image(made.index.rows[1]).mean()) < 3
    assert Image.open(io.BytesIO(ask(port, "/pictures/1?side=16")[2])).size == (12, 16)


def test_truth_is_a_grey_png_of_the_labels(port, made):
    status, headers, body = ask(port, "/truth/2")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    with Image.open(io.BytesIO(body)) as image:
        assert image.mode == "L"
        assert np.array_equal(np.asarray(image), Catalogue(made.results).truth(made.index.rows[2]))


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/pictures/9", 404, "no row 9; the index has 9"),
        ("/pictures/-1", 404, "is not the number of an image"),
        ("/pictures/p000", 404, "is not the number of an image"),
        ("/pictures/", 404, "is not the number of an image"),
        ("/pictures/0?side=5000", 400, "expected 16 to 4096 pixels"),
        ("/pictures/0?side=x", 404, "is not the number of an image"),
        ("/truth/8", 404, "image p008 has no truth mask"),
        ("/truth/99", 404, "no row 99"),
        ("/numbers.json?row=0", 500, "the report is not made yet: run snakemake"),
    ],
)
def test_missing_things_are_refused_with_a_reason(port, path, status, word):
    found, _, body = ask(port, path)
    assert found == status
    assert word in body.decode()


def test_a_picture_that_changed_or_vanished_is_named(tmp_path):
    made = make_results(tmp_path)
    Image.new("RGB", (32, 24)).save(tmp_path / "data" / "p000.png")
    (tmp_path / "data" / "p001.png").unlink()
    with served(made.results) as port:
        assert b"p000.png changed since it was indexed" in ask(port, "/pictures/0")[2]
        assert b"the file is missing" in ask(port, "/pictures/1")[2]


def test_numbers_come_by_column_and_by_image(tmp_path):
    made = make_results(tmp_path)
    values = [0.123456, None, *np.linspace(0, 1, 7)]
    with served(made.results) as port:
        assert "not made yet" in ask_json(port, "/variants.json")["numbers"]["problem"]
        write_table(made.results, [row.id for row in made.index.rows], {"confidence": values, "iou masks/crf": values})
        assert ask_json(port, "/variants.json")["numbers"]["columns"] == [
            "confidence", "disagreement", "tag_mismatch", "iou masks/crf",
        ]  # fmt: skip
        assert ask_json(port, "/numbers.json?column=iou%20masks/crf")[:2] == [0.1235, None]
        assert ask_json(port, "/numbers.json?row=1") == {}
        assert ask_json(port, "/numbers.json?row=8") == {"confidence": 1.0, "iou masks/crf": 1.0}
        assert ask(port, "/numbers.json?column=none")[0] == 404
        write_table(made.results, ["other"] * 9, {"confidence": values})
        assert b"belongs to another index" in ask(port, "/numbers.json?column=confidence")[2]


def test_long_lists_travel_squeezed(tmp_path):
    made = make_results(tmp_path, classes=[f"class {number}" for number in range(254)], count=3)
    with served(made.results) as port:
        _, headers, body = ask(port, "/variants.json", Accept_Encoding="gzip, deflate")
        assert headers["Content-Encoding"] == "gzip"
        assert json.loads(gzip.decompress(body)) == ask_json(port, "/variants.json")


def test_a_port_in_use_is_named_and_without_one_the_next_free_one_is_taken(made):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(SeedmaskError, match=rf"port {number} is in use; choose another with --port"):
            open_server(made.results, number)
    with open_server(made.results) as first, open_server(made.results) as second:
        assert FIRST_PORT <= first.server_port < second.server_port


def test_a_port_that_there_is_none_of_is_refused(made):
    with pytest.raises(SeedmaskError, match="expected 0 to 65535"):
        open_server(made.results, 70_000)


def test_only_this_machine_is_listened_to(made):
    with open_server(made.results, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_missing_data_set_is_named(tmp_path):
    made = make_results(tmp_path, count=3)
    with served(made.results) as port:
        assert ask_json(port, "/variants.json")["problem"] is None
        (tmp_path / "data").rename(tmp_path / "moved")
        assert "start it in the folder of the run" in ask_json(port, "/variants.json")["problem"]


def test_a_damaged_index_is_named(tmp_path):
    made = make_results(tmp_path, count=3)
    path = made.results / "index" / "rows" / "0000.csv"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SeedmaskError, match="index"):
        open_server(made.results, 0)


def test_the_page_follows_an_index_that_is_made_again(tmp_path):
    made = make_results(tmp_path)
    with served(made.results) as port:
        before = ask_json(port, "/variants.json")["index"]
        write_index(made.results, ("ant", "bee", "cow"), made.index.rows[:4], root=str(tmp_path / "data"))
        facts = ask_json(port, "/variants.json")
        assert (facts["images"], facts["index"] != before) == (4, True)
        assert len(ask_json(port, "/images.json")["id"]) == 4
