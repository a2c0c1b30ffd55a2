"""The page of `seedmask view`: seconds to open, to the first image, and from one image to the next.

Results of 10,000 images of 64 x 64 pixels in shards of 512 (seeds, masks, predictions) are written and served, and a
headless Chromium looks at them; then an index of 50,000 images is listed. Needs Debian's packages chromium and
chromium-driver.
"""

import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from selenium import webdriver

from benchmarks.kit.cases import Table
from seedmask.dataset.images import inspect_image
from seedmask.dataset.index import Index, Row
from seedmask.job import Job
from seedmask.storage.canvas import CLASSES, CONFIDENCE, MASK, Layout, StoreSize, cam_spec
from seedmask.storage.shard import ShardTask, write_shard
from seedmask.testing.indexing import write_index
from seedmask.viewer.server import open_server

SIDE, SHARD, PICTURES, MANY, STEPS = 64, 512, 50, 50_000, 60
CLASS_NAMES = tuple(f"class {number}" for number in range(20))
SPECS = {
    "seeds/cam": {"cam": cam_spec("uint8"), "classes": CLASSES},
    "masks/crf": {"mask": MASK, "confidence": CONFIDENCE},
    "predictions/net": {"mask": MASK, "confidence": CONFIDENCE},
}
FIRST_IMAGE = """
const done = arguments[0];
const look = () => document.querySelector(".imagepage")?.dataset.shown ? done(performance.now()) : setTimeout(look, 5);
look();
"""
NEXT_IMAGE = """
const [pause, steps, done] = arguments;
const page = document.querySelector(".imagepage");
const seconds = [];
const step = () => {
  if (seconds.length === steps) return done(seconds);
  const before = page.dataset.shown;
  const started = performance.now();
  const watch = new MutationObserver(() => {
    if (page.dataset.shown === before) return;
    watch.disconnect();
    requestAnimationFrame(() => { seconds.push(performance.now() - started); setTimeout(step, pause); });
  });
  watch.observe(page, { attributes: true, attributeFilter: ["data-shown"] });
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "l", bubbles: true }));
};
step();
"""


def tables(quick: bool) -> list[Table]:
    """What a person waits for."""
    count = 600 if quick else 10_000
    program = shutil.which("chromedriver")
    if program is None:
        raise SystemExit("no browser: install Debian's packages chromium and chromium-driver")
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        results = write_results(Path(folder), count)
        rows: list[tuple[str, float, str]] = [(f"{count:,} images written", time.perf_counter() - started, "")]
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
            options.add_argument(argument)
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(program))
        driver.set_script_timeout(120)
        try:
            rows += look_at(driver, results, count)
        finally:
            driver.quit()
    return [Table("Waiting for the page", ("", "s", "wanted"), rows)]


def look_at(driver: webdriver.Chrome, results: Path, count: int) -> Iterator[tuple[str, float, str]]:
    """Measure images one after the other, then a long list."""
    server = open_server(results, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    firsts = []
    for number in (0, count // 2, count - 2):
        driver.get("about:blank")
        driver.get(f"{address}#image={name(number)}")
        firsts.append(driver.execute_async_script(FIRST_IMAGE) / 1000)
    yield "first image, the slowest of three", max(firsts), "at most 1"
    for words, pause in (("looked at for 0.3 s each", 300), ("as fast as it goes", 0)):
        driver.get("about:blank")
        driver.get(f"{address}#image={name(count // 3)}")
        driver.execute_async_script(FIRST_IMAGE)
        time.sleep(1)
        found = sorted(seconds / 1000 for seconds in driver.execute_async_script(NEXT_IMAGE, pause, STEPS))
        yield f"next image, {words}", statistics.median(found), "at most 0.1"
        yield f"next image, {words}, 95 % below", found[int(0.95 * STEPS)], ""
    rows = [row(number, *picture_of(results)) for number in range(MANY)]
    write_index(results, CLASS_NAMES, rows, SHARD, str(results.parent / "data"))
    driver.get("about:blank")
    driver.get(address)
    wait = "const done = arguments[0]; const look = () => document.querySelector('.thumb') ? done(performance.now())"
    opened = driver.execute_async_script(f"{wait} : setTimeout(look, 5); look();") / 1000
    shown = driver.execute_script("return document.querySelectorAll('.thumb').length")
    yield f"list of {MANY:,} images, {shown} of them in the page", opened, ""
    server.shutdown()


def name(number: int) -> str:
    """Name of an image."""
    return f"image_{number:06d}"


def picture_of(results: Path) -> tuple[str, str]:
    """A picture and its hash."""
    path = results.parent / "data" / "0.png"
    return path.name, inspect_image(path).sha256


def row(number: int, picture: str, sha256: str) -> Row:
    """Entry of an image in the index."""
    tags = tuple(sorted({number % len(CLASS_NAMES), number // 7 % len(CLASS_NAMES)}))
    return Row(name(number), picture, "train", SIDE, SIDE, tags, sha256, None, None)


def write_results(root: Path, count: int) -> Path:
    """Pictures, index and stores, by the writer that all stages share."""
    random = np.random.default_rng(0)
    data, results = root / "data", root / "results"
    data.mkdir()
    pictures = []
    for number in range(PICTURES):
        path = data / f"{number}.png"
        Image.fromarray(random.integers(0, 256, (SIDE, SIDE, 3), np.uint8)).save(path)
        pictures.append((path.name, inspect_image(path).sha256))
    index = Index(CLASS_NAMES, tuple(row(number, *pictures[number % PICTURES]) for number in range(count)))
    write_index(results, CLASS_NAMES, index.rows, SHARD, str(data))
    blob = np.minimum(np.hypot(*np.indices((SIDE, SIDE)) - SIDE / 2) * 6, 255).astype(np.uint8)
    for reference, specs in SPECS.items():
        write_variant(results, index, reference, specs, blob)
    return results


def write_variant(results: Path, index: Index, reference: str, specs: dict, blob: np.ndarray) -> None:
    """All shards of a variant: a blob that differs from image to image."""
    stage, variant = reference.split("/")

    def compute(task: ShardTask) -> dict[str, np.ndarray]:
        tags = np.array(task.image.tags, np.int16)
        moved = np.roll(blob, task.row % SIDE, axis=1)
        made = {"cam": np.repeat(moved[None], len(tags), axis=0), "classes": tags, "confidence": moved}
        made["mask"] = np.where(moved < 128, np.uint8(tags[0] + 1), np.uint8(0))
        return {key: made[key] for key in specs}

    for shard in range(-(-len(index.rows) // SHARD)):
        job = Job(stage=stage, variant=variant, shard=f"{shard:04d}", results=results, settings={}, basis={},
                  splits=("train",), shard_size=SHARD)  # fmt: skip
        store = Layout(specs, index.extent, SHARD), StoreSize.of(index)
        numbers = range(shard * SHARD, min((shard + 1) * SHARD, len(index.rows)))
        write_shard(job, *store, [ShardTask(number, index.rows[number], {}) for number in numbers], compute)
