"""How the page behaves: keys, links, filters, and unfinished results."""

import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from selenium.webdriver import Keys
from viewer_kit import SHARD, Browser, chunk_file, make_results, write, write_table

from seedmask.dataset.images import palette
from seedmask.testing.indexing import write_index

ALL = ("weak_labels/points", "seeds/cam", "seeds/cam seed", "masks/crf", "predictions/net", "truth")


def show(*layers):
    return "&".join(f"show={layer.replace(' ', '+')}" for layer in layers)


def test_200_images_are_browsed_by_keyboard_without_a_complaint(browse, tmp_path):
    made = make_results(tmp_path, count=200)
    browser = browse(made.results)
    browser.open()
    browser.press(Keys.ENTER)
    for number in range(199):
        browser.shown(f"p{number:03d}")
        browser.press(Keys.ARROW_RIGHT)
    browser.shown("p199")
    assert browser.text(".place") == "200 of 200"
    browser.press(Keys.ARROW_RIGHT, Keys.HOME)
    browser.shown("p000")
    assert browser.errors() == []


def test_the_start_shows_every_stage_and_marks_what_used_pixel_labels(browser):
    browser.image("#image=p000", "p000")
    shown = browser.run("return [...document.querySelectorAll('.cell')].map((cell) => cell.dataset.layers)")
    assert shown == [
        "picture", "saliency/net", "weak_labels/points", "seeds/cam", "seeds/cam seed", "seeds/cam fine seed",
        "masks/crf", "masks/mix", "predictions/net", "truth",
    ]  # fmt: skip
    assert "uses pixel labels: learns from truth masks" in browser.caption("predictions/net")
    assert "uses pixel labels" not in browser.caption("masks/crf")
    assert browser.texts(".legends > .legend li")[:2] == ["background", "ant"]


def test_keys_do_what_the_list_of_keys_says(browser):
    browser.image(f"#image=p001&{show('seeds/cam')}", "p001")
    browser.press("l")
    browser.shown("p002")
    browser.press("k", Keys.END)
    browser.shown("p008")
    browser.press("1")
    for key, mode in (("2", "overlay"), ("3", "wipe"), ("4", "difference"), ("1", "sides")):
        browser.press(key)
        browser.wait(lambda mode=mode: browser.run(f"return document.querySelector('.sheet-of-cells.{mode}') !== null"))
    browser.press(Keys.HOME)
    browser.shown("p000")
    browser.press("c")
    browser.wait(lambda: "class=ant" in browser.run("return location.hash"))
    browser.press("C", "s", "-")
    browser.wait(lambda: browser.run("return location.hash").endswith("opacity=75&colours=safe"))
    browser.press("?")
    assert browser.run("return document.querySelector('dialog').open")
    listed = browser.text("dialog")
    assert all(words in listed for words in ("next image", "wipe to the left", "difference of two"))
    browser.press(Keys.ESCAPE)
    assert browser.run("return document.querySelector('.imagepage').hidden") is False
    browser.press(Keys.ESCAPE)
    browser.wait(lambda: browser.run("return document.querySelector('.imagepage').hidden"))
    browser.press("/")
    browser.press("008")
    browser.wait(lambda: browser.text(".count") == "1 of 9 images")


def test_keys_of_a_field_stay_with_the_field(browser):
    browser.image("#image=p001&mode=wipe&a=masks/crf&b=truth", "p001")
    browser.run("document.querySelector('.how input[type=range]').focus()")
    browser.press(Keys.ARROW_LEFT)
    browser.wait(lambda: "opacity=69" in browser.run("return location.hash"))
    assert browser.text("h2") == "p001"


def test_the_grid_is_walked_and_images_opened_by_keyboard(browser):
    browser.open()
    browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    marked = "return document.querySelector('[aria-selected=true]').innerText"
    browser.wait(lambda: "p001" in browser.run(marked))
    browser.press(Keys.END, Keys.ENTER)
    browser.shown("p008")
    browser.press("g")
    browser.wait(lambda: "p008" in browser.run(marked))


def test_the_wipe_moves_by_slider_key_and_pointer(browser):
    browser.image("#image=p001&mode=wipe&a=masks/crf&b=predictions/net&at=30", "p001")
    clip = "return getComputedStyle(document.querySelector('.over.first')).clipPath"
    assert browser.run(clip) == "inset(0px 70% 0px 0px)"
    browser.press("]")
    browser.wait(lambda: browser.run(clip) == "inset(0px 65% 0px 0px)")
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By

    stack = browser.driver.find_element(By.CSS_SELECTOR, ".stack")
    ActionChains(browser.driver, duration=0).move_to_element(stack).click_and_hold().move_by_offset(5, 0).perform()
    browser.wait(lambda: browser.run(clip).startswith("inset(0px 4"))
    ActionChains(browser.driver).release().perform()
    browser.press("x")
    browser.wait(lambda: "a=predictions%2Fnet&b=masks%2Fcrf" in browser.run("return location.hash"))


def test_a_link_brings_back_the_same_view(browser):
    browser.image(f"#image=p002&{show('masks/crf', 'truth')}&split=train&of=ant&of=bee", "p002")
    browser.press("-", "s", "l")
    browser.wait(lambda: "image=p003" not in browser.run("return location.hash") and browser.text("h2") != "p002")
    name = browser.text("h2")
    time.sleep(0.4)
    address, html = (
        browser.run("return location.hash"),
        browser.run("return document.querySelector('.imagepage').innerText"),
    )
    browser.image(address, name)
    browser.wait(lambda: browser.run("return document.querySelector('.imagepage').innerText") == html)
    assert browser.run("return location.hash") == address


def test_back_goes_from_the_image_to_the_grid(browser):
    browser.open()
    browser.press(Keys.ENTER)
    browser.shown("p000")
    browser.driver.back()
    browser.wait(lambda: browser.run("return document.querySelector('.imagepage').hidden"))


def test_a_link_that_makes_no_sense_is_shown_as_far_as_it_does(browser):
    browser.open("#image=nobody&mode=upside&opacity=many&show=none&a=none&colours=grey&of=unicorn")
    assert "There is no image nobody" in browser.text(".banner")
    browser.image("#image=p000&show=gone/variant&show=masks/crf&mode=sides", "p000")
    assert browser.texts(".cell figcaption b") == ["masks/crf"]
    assert browser.errors() == []


def test_filters_by_split_name_and_classes(browser, made):
    def names(fragment):
        browser.open(fragment)
        return browser.texts(".thumb b")

    tags = [None if row.tags is None else {made.index.classes[tag] for tag in row.tags} for row in made.index.rows]
    ids = [row.id for row in made.index.rows]
    assert names("#split=val") == ids[6:]
    assert names("#name=P00") == ids
    assert names("#name=7") == ["p007"]
    assert names("#of=ant&of=bee") == [name for name, of in zip(ids, tags, strict=True) if of and of & {"ant", "bee"}]
    assert names("#of=ant&of=bee&every=yes") == [
        name for name, of in zip(ids, tags, strict=True) if of and of >= {"ant", "bee"}
    ]
    assert names("#of=%0Ano+tags") == ["p003"]
    assert names("#name=nothing") == []
    assert "No image fits" in browser.text(".gridpage")
    assert "the report is not made yet: run snakemake" in browser.text(".gridpage")


def test_a_result_can_be_laid_over_all_thumbnails(browser, made):
    browser.open("#over=masks/crf&name=p00")
    browser.wait(lambda: len(browser.texts(".thumb canvas, .thumb .frame .why")) == 9)
    assert browser.texts(".thumb .frame .why") == ["no masks for val pictures"] * 3
    corner = browser.run(
        "return [...document.querySelector('.thumb canvas').getContext('2d').getImageData(0, 0, 9, 1).data]"
    )
    labels = made.arrays["masks/crf", 0]["mask"][0, :9]
    expected = np.concatenate([palette()[labels], np.where(labels == 0, 0, 255)[:, None]], axis=1)
    assert np.array_equal(np.reshape(corner, (9, 4)), expected)


def test_orders_by_the_reports_numbers_put_the_unknown_last(browse, tmp_path):
    made = make_results(tmp_path)
    ids = [row.id for row in made.index.rows]
    iou = [0.9, 0.1, None, 0.5, 0.3, 0.8, 0.7, 0.6, 0.4]
    write_table(made.results, ids, {"confidence": iou, "disagreement": iou, "iou masks/crf": iou})
    browser = browse(made.results)
    low = [name for _, name in sorted((value, name) for name, value in zip(ids, iou, strict=True) if value)]
    for order, expected in {"iou+masks/crf": low, "confidence": low, "disagreement": low[::-1]}.items():
        browser.open(f"#order={order}")
        assert browser.texts(".thumb .text b:not(.number)") == [*expected, "p002"]
    browser.press(Keys.ENTER)
    browser.shown("p000")
    browser.press(Keys.ARROW_RIGHT)
    browser.shown("p005")
    browser.image(f"#image=p005&{show('masks/crf')}", "p005")
    browser.wait(lambda: "IoU 0.800" in browser.caption("masks/crf"))


def test_results_in_the_making_say_so_and_appear_when_they_are_made(browse, tmp_path):
    made = make_results(tmp_path)
    manifest = made.results / "masks/crf/manifests/0000.json"
    kept = manifest.read_bytes()
    manifest.unlink()
    browser = browse(made.results)
    browser.image(f"#image=p000&{show(*ALL)}", "p000")
    assert "not made yet: 1 of 2 shards are finished" in browser.reason("masks/crf")
    assert browser.run("return document.querySelector(arguments[0]).hidden", f"{browser.cell('masks/crf')} .over")
    assert browser.reason("predictions/net") == ""
    manifest.write_bytes(kept)
    browser.wait(lambda: browser.reason("masks/crf") == "")
    assert np.array_equal(browser.pixels("masks/crf")[..., 3], np.full((24, 32), 255))


def test_the_grid_keeps_its_place_while_results_come_in(browse, tmp_path):
    made = make_results(tmp_path, count=200)
    browser = browse(made.results)
    browser.open()
    browser.press(Keys.END)
    browser.wait(lambda: "p199" in browser.text(".space"))
    top = browser.run("return document.querySelector('.grid').scrollTop")
    (made.results / "masks" / "new").mkdir()
    asked = "return performance.getEntriesByType('resource').filter((each) => /variants.json/.test(each.name)).length"
    browser.wait(lambda: browser.run(asked) > 2)
    assert browser.run("return document.querySelector('.grid').scrollTop") == top > 0


def test_a_missing_split_differs_from_an_unfinished_result(browser):
    browser.image(f"#image=p007&{show('masks/crf', 'predictions/net', 'truth')}", "p007")
    assert browser.reason("masks/crf") == "no masks for val pictures"
    browser.image(f"#image=p008&{show('truth')}", "p008")
    assert browser.reason("truth") == "no truth mask"


def test_a_torn_manifest_is_named_in_its_cell(browse, tmp_path):
    made = make_results(tmp_path)
    (made.results / "masks/crf/manifests/0001.json").write_text("{torn")
    browser = browse(made.results)
    browser.image(f"#image=p004&{show('masks/crf', 'truth')}", "p004")
    assert "0001.json is not a manifest" in browser.reason("masks/crf")
    assert browser.reason("truth") == ""


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "lost", "metadata", "store"])
def test_a_damaged_store_is_said_in_its_cell_alone(browse, tmp_path, damage):
    made = make_results(tmp_path)
    path = chunk_file(made.results, "masks/crf", "mask")
    data = path.read_bytes()
    if damage == "flipped":
        path.write_bytes(bytes([*data[:40], data[40] ^ 255, *data[41:]]))
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "emptied":
        path.write_bytes(b"")
    elif damage == "lost":
        path.unlink()
    elif damage == "metadata":
        (made.results / "masks/crf/data.zarr/mask/zarr.json").write_text("{torn")
    else:
        shutil.rmtree(made.results / "masks/crf/data.zarr")
    browser = browse(made.results)
    browser.image(f"#image=p000&{show(*ALL)}", "p000")
    assert "seedmask verify says what to delete" in browser.reason("masks/crf")
    assert [browser.reason(layer) for layer in ALL if layer != "masks/crf"] == [""] * 5


def test_a_mask_that_is_all_padding_has_no_file_and_is_shown(browse, tmp_path):
    made = make_results(tmp_path, changed={"masks/crf": {"mask": 255}})
    assert not list((made.results / "masks/crf/data.zarr/mask/c").rglob("*"))
    browser = browse(made.results)
    browser.image(f"#image=p000&{show('masks/crf')}", "p000")
    assert browser.reason("masks/crf") == ""
    assert (browser.pixels("masks/crf") == (224, 224, 192, 255)).all()
    assert "100.0 % ignored" in browser.caption("masks/crf")


def test_a_picture_that_is_gone_leaves_its_results(browse, tmp_path):
    made = make_results(tmp_path)
    (tmp_path / "data" / "p000.png").unlink()
    browser = browse(made.results)
    browser.image(f"#image=p000&{show('picture', 'masks/crf')}", "p000")
    assert "the file is missing" in browser.reason("picture")
    assert browser.reason("masks/crf") == ""
    assert "without the picture" in browser.caption("masks/crf")
    assert (browser.pixels("masks/crf")[..., 3] == 255).all()


HOSTILE = (
    '<img src=x onerror="window.hurt=1">',
    "cow & 'calf'",
    '"quoted"',
    "Größe 牛 🐄",
    "a=b&c=d#e",
    "two  spaces",
)


def test_names_of_classes_are_text_whatever_they_hold(browse, tmp_path):
    made = make_results(tmp_path, classes=HOSTILE)
    browser = browse(made.results)
    browser.open()
    assert browser.run("return document.querySelectorAll('.thumb img[onerror]').length") == 0
    for name in HOSTILE:
        browser.open()
        browser.run("document.querySelector('.tickfield summary').click()")
        browser.run(
            "[...document.querySelectorAll('.ticks label')].find((l) => l.textContent === arguments[0]).click()", name
        )
        browser.wait(lambda: "1 of 7 classes" in browser.text(".tickfield summary"))
        expected = sum(row.tags is not None and HOSTILE.index(name) in row.tags for row in made.index.rows)
        browser.wait(lambda expected=expected: browser.text(".count") == f"{expected} of 9 images")
        time.sleep(0.3)
        browser.open(browser.run("return location.hash"))
        assert browser.text(".count") == f"{expected} of 9 images"
    browser.image("#image=p000", "p000")
    assert HOSTILE[0] in browser.text(".facts")
    assert browser.run("return window.hurt") is None
    assert browser.errors() == []


def test_254_classes_have_names_and_colours(browse, tmp_path):
    made = make_results(tmp_path, classes=[f"class {number}" for number in range(254)])
    browser = browse(made.results)
    browser.image("#image=p000&colours=safe", "p000")
    browser.run("document.querySelector('.legends summary').click()")
    assert (
        len(browser.run("return [...document.querySelectorAll('.legends details li')].map((e) => e.innerText)")) == 256
    )
    assert "35 colours" in browser.text(".legends details")


def test_no_images_are_no_error(browse, tmp_path):
    made = make_results(tmp_path, count=3)
    write_index(made.results, made.index.classes, (), root=str(tmp_path / "data"))
    browser = browse(made.results)
    browser.open()
    assert browser.text(".count") == "0 images"
    browser.press(Keys.ARROW_DOWN, Keys.ENTER, Keys.END)
    assert browser.errors() == []


def test_only_what_is_in_view_is_in_the_page(browse, tmp_path):
    made = make_results(tmp_path, count=3)
    rows = tuple(type(row)(**{**vars_of(row), "id": f"n{n}"}) for n in range(5000) for row in made.index.rows[:1])
    write_index(made.results, made.index.classes, rows, 512, str(tmp_path / "data"))
    browser = browse(made.results)
    browser.open()
    assert browser.text(".count") == "5000 images"
    count = "return document.querySelectorAll('.thumb').length"
    assert 20 < browser.run(count) < 120
    browser.press(Keys.END)
    browser.wait(lambda: "n4999" in browser.text(".space"))
    assert 20 < browser.run(count) < 120


def vars_of(row):
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def test_pictures_that_come_back_are_shown(browse, tmp_path):
    made = make_results(tmp_path)
    (tmp_path / "data").rename(tmp_path / "moved")
    browser = browse(made.results)
    browser.image(f"#image=p000&{show('picture', 'truth')}", "p000")
    assert "start it in the folder where snakemake runs" in browser.text(".banner")
    (tmp_path / "moved").rename(tmp_path / "data")
    browser.wait(lambda: browser.text(".banner") == "" and browser.reason("picture") == browser.reason("truth") == "")


def test_a_server_that_is_gone_is_named(driver, made):
    command = [sys.executable, "-c", "from seedmask.cli import app; app()", "view", str(made.results.parent)]
    with subprocess.Popen([*command, "--no-browser"], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        browser = Browser(driver, int(re.search(r"127\.0\.0\.1:(\d+)/", line)[1]))
        browser.image(f"#image=p000&{show('masks/crf')}", "p000")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    browser.wait(lambda: "still running" in browser.text(".banner"))


def test_all_of_a_shard_is_read_by_parts(browser, made):
    """Of a store of several images no more is fetched than is shown."""
    browser.image(f"#image=p00{SHARD}&{show('masks/crf')}", f"p00{SHARD}")
    parts = browser.run(
        """return performance.getEntriesByType('resource')
        .filter((entry) => /data.zarr.mask.c/.test(entry.name)).map((entry) => entry.responseStatus);"""
    )
    assert parts
    assert set(parts) == {206}


def test_pointing_at_a_pixel_reads_it_in_all_cells(browser, made):
    browser.image(f"#image=p000&{show('masks/crf', 'seeds/cam')}", "p000")
    browser.run(
        """const box = document.querySelector('.stack').getBoundingClientRect();
        document.querySelector('.stack').dispatchEvent(new PointerEvent('pointermove', { bubbles: true,
          clientX: box.left + box.width * (10.5 / 32), clientY: box.top + box.height * (5.5 / 24) }));"""
    )
    names = {0: "background", 255: "ignored", **{number + 1: name for number, name in enumerate(made.index.classes)}}
    assert browser.text(f"{browser.cell('masks/crf')} .at") == names[made.arrays["masks/crf", 0]["mask"][5, 10]]
    most = made.arrays["seeds/cam", 0]["cam"][:, 5, 10].max() / 255
    assert browser.text(f"{browser.cell('seeds/cam')} .at") == f"{most:.2f}"


def test_a_variant_that_is_made_again_is_read_again(browse, tmp_path):
    made = make_results(tmp_path)
    browser = browse(made.results)
    browser.image(f"#image=p000&{show('masks/crf')}", "p000")
    arrays = {key: dict(value) for key, value in made.arrays.items()}
    arrays["masks/crf", 0]["mask"] = np.full((24, 32), 2, np.uint8)
    for folder in ("manifests", "sealed"):
        (made.results / "masks/crf" / folder / "0000.json").unlink()
    write(made.results, made.index, "masks/crf", 0, ("train",), arrays)
    browser.wait(lambda: (browser.pixels("masks/crf")[..., :3] == (0, 128, 0)).all())
