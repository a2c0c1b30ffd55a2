"""Results of all stages for a few pictures of several sizes, a server of them, and a browser."""

import base64
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from seedmask.dataset.images import inspect_image, read_mask, save_mask
from seedmask.dataset.index import Index, Row
from seedmask.job import Job
from seedmask.report.rankings import FILE, IOU, MEASURES, RankedImage, images_csv
from seedmask.storage.canvas import (
    CLASSES,
    CONFIDENCE,
    LABEL,
    MASK,
    SALIENCY,
    Layout,
    StoreSize,
    background_spec,
    cam_spec,
)
from seedmask.storage.records import write_proved, write_record
from seedmask.storage.shard import ShardTask, write_shard
from seedmask.testing.indexing import write_index
from seedmask.viewer.server import open_server

AXE = Path(__file__).parents[1] / "viewer" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = ((24, 32), (32, 24), (20, 20))
"""Height and width of the pictures, in turn."""
SHARD = 4
SPECS = {
    "saliency/net": {"map": SALIENCY},
    "weak_labels/points": {"label": LABEL},
    "seeds/cam": {
        "cam": cam_spec("uint8"),
        "fine": cam_spec("float16"),
        "fine_background": background_spec("float16"),
        "classes": CLASSES,
    },
    "masks/crf": {"mask": MASK, "confidence": CONFIDENCE},
    "masks/mix": {
        "mask": MASK,
        "score": cam_spec("uint8"),
        "score_background": background_spec("uint8"),
        "classes": CLASSES,
    },
    "predictions/net": {"mask": MASK, "confidence": CONFIDENCE},
}
TRAIN_ONLY = ("weak_labels/points", "masks/crf", "masks/mix")
LABEL_FREE, ORACLE = 0.41, 0.62


@dataclass(frozen=True)
class Made:
    """Results and the arrays that went into them."""

    results: Path
    index: Index
    arrays: dict[tuple[str, int], dict[str, np.ndarray]]
    """By variant and row."""


def make_results(
    root: Path, classes: Sequence[str] = ("ant", "bee", "cow"), count: int = 9, changed: dict[str, Any] | None = None
) -> Made:
    """Write pictures, truth, index and stores; the last third of the pictures is `val`, without truth for the last.

    Args:
        root: a new folder; results are in `results/tiny` below it.
        classes: names.
        count: pictures.
        changed: arrays of variants for all pictures in place of random ones, as `{"masks/crf": {"mask": 255}}`.
    """
    random = np.random.default_rng(7)
    rows = tuple(_row(root / "data", number, count, len(classes), random) for number in range(count))
    index = Index(tuple(classes), rows)
    results = root / "results" / "tiny"
    write_index(results, classes, rows, SHARD, str(root / "data"))
    arrays: dict[tuple[str, int], dict[str, np.ndarray]] = {}
    for reference, specs in SPECS.items():
        splits = ("train",) if reference in TRAIN_ONLY else ("train", "val")
        for number, row in enumerate(rows):
            if row.split in splits:
                made = _arrays(specs, row, len(classes), random)
                for name, value in (changed or {}).get(reference, {}).items():
                    made[name] = np.full_like(made[name], value)
                arrays[reference, number] = made
        for shard in sorted({number // SHARD for name, number in arrays if name == reference}):
            write(results, index, reference, shard, splits, arrays)
    _write_scores(results)
    return Made(results, index, arrays)


def _row(data: Path, number: int, count: int, classes: int, random: np.random.Generator) -> Row:
    height, width = SIZES[number % len(SIZES)]
    name, split = f"p{number:03d}", "train" if number < count * 2 // 3 else "val"
    path = data / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8)).save(path)
    tags = None if number == 3 else tuple(sorted({number % classes, (number + number // 2) % classes}))
    mask = mask_sha256 = None
    if number != count - 1:
        mask = f"masks/{name}.png"
        save_mask(data / mask, _labels(random, (height, width), classes))
        mask_sha256 = read_mask(data / mask)[1]
    sha256 = inspect_image(path).sha256
    return Row(name, path.name, split, width, height, tags, sha256, mask, mask_sha256)


def _labels(random: np.random.Generator, shape: tuple[int, int], classes: int) -> np.ndarray:
    labels = random.integers(0, classes + 1, shape, np.uint8)
    labels[random.random(shape) < 0.05] = 255
    return labels


def _arrays(specs: dict, row: Row, classes: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    tags = np.array(row.tags or (), np.int16)
    shapes = {"slot": len(tags), "y": row.height, "x": row.width}
    made = {}
    for name, spec in specs.items():
        shape = tuple(shapes[axis] for axis in spec.axes)
        if name == "classes":
            made[name] = tags
        elif name == "mask":
            made[name] = _labels(random, shape, classes)
        elif name == "label":
            made[name] = np.full(shape, 254, np.uint8)
            made[name][2, 3], made[name][9, 11], made[name][15] = 1, 0, 255
        elif spec.dtype == "float16":
            made[name] = random.random(shape).astype(np.float16)
        else:
            made[name] = random.integers(0, 256, shape, np.uint8)
    return made


def write(results: Path, index: Index, reference: str, shard: int, splits: Sequence[str], arrays: Any) -> None:
    """Write a shard by the job of a variant."""
    stage, variant = reference.split("/")
    job = Job(
        stage=stage,
        variant=variant,
        shard=f"{shard:04d}",
        results=results,
        settings={"method": "any", "from": "classifiers/cam"},
        basis={"code": "a"},
        splits=tuple(splits),
        shard_size=SHARD,
        pixel_labels=("learns from truth masks",) if reference == "predictions/net" else (),
    )
    store = Layout(SPECS[reference], index.extent, SHARD), StoreSize.of(index)
    numbers = range(shard * SHARD, min((shard + 1) * SHARD, len(index.rows)))
    tasks = [ShardTask(number, index.rows[number], {}) for number in numbers if (reference, number) in arrays]
    write_shard(job, *store, tasks, lambda task: arrays[reference, task.row])


def _write_scores(results: Path) -> None:
    path = results / "evaluation" / "seeds" / "cam" / "scores.json"
    modes = {"label_free": LABEL_FREE, "oracle": ORACLE, "exponent": 4.0}
    protocols = [{"protocol": {"threshold_mode": mode, "threshold": value}} for mode, value in modes.items()]
    write_record(path, {"results": protocols})


def write_table(results: Path, ids: Sequence[str], columns: Mapping[str, Sequence[float | None]]) -> None:
    """The report's table of numbers of single images; measures that are left out are not known."""
    ious = [name for name in columns if name.startswith(IOU)]
    images = []
    for row, name in enumerate(ids):
        measures = {measure: columns[measure][row] if measure in columns else None for measure in MEASURES}
        found = {iou.removeprefix(IOU): columns[iou][row] for iou in ious}
        images.append(RankedImage(name, "train", **measures, unsupported=("ant", "bee"), ious=found))
    path = results / FILE
    path.parent.mkdir(exist_ok=True)
    write_proved(path, images_csv(images, [iou.removeprefix(IOU) for iou in ious]))


def chunk_file(results: Path, reference: str, array: str, shard: int = 0) -> Path:
    """File of a shard of an array."""
    folder = results / reference / "data.zarr" / array / "c" / str(shard)
    return next(path for path in folder.rglob("*") if path.is_file())


@contextmanager
def served(results: Path) -> Iterator[int]:
    """Serve results on a free port, which is given."""
    server = open_server(results, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Browser:
    """Headless Chromium on the page of some results.

    Args:
        driver: Selenium's driver.
        port: port of the server.
    """

    def __init__(self, driver: Any, port: int):
        self.driver = driver
        self.address = f"http://127.0.0.1:{port}/"
        driver.get_log("browser")  # complaints of earlier pages

    def open(self, fragment: str = "") -> None:
        """Reload the page."""
        self.driver.get("about:blank")
        self.driver.get(self.address + fragment)
        self.wait(lambda: self.run("return document.documentElement.dataset.ready") == "yes")

    def image(self, fragment: str, name: str) -> None:
        """Open the page of an image and wait until it is drawn."""
        self.open(fragment)
        self.shown(name)

    def shown(self, name: str) -> None:
        """Wait until an image is drawn."""
        self.wait(lambda: self.run("return document.querySelector('.imagepage').dataset.shown") == name)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: Callable[[], Any], seconds: float = 20) -> Any:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.02)
        raise AssertionError(f"did not happen in {seconds} s; the page says: {self.text('body')[:1000]}")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        from selenium.webdriver import ActionChains

        actions = ActionChains(self.driver, duration=0)
        for key in keys:
            actions.send_keys(key)
        actions.perform()

    def text(self, selector: str) -> str:
        """Text of the first element."""
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def texts(self, selector: str) -> list[str]:
        """Texts of all elements."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText)", selector)

    def cell(self, layer: str) -> str:
        """Selector of the cell of a layer."""
        return f'.cell[data-layers="{layer}"]'

    def caption(self, layer: str) -> str:
        """Text below a layer."""
        return self.text(f"{self.cell(layer)} figcaption")

    def reason(self, layer: str) -> str:
        """Why a layer is not shown; empty if it is."""
        return self.text(f"{self.cell(layer)} .why:not([hidden])")

    def pixels(self, layer: str, canvas: str = ".over") -> np.ndarray:
        """RGBA of a layer as it was drawn, before it is laid over the picture: (H, W, 4), 0..255."""
        found = self.run(
            """const canvas = document.querySelector(arguments[0]);
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            const text = data.reduce((before, byte) => before + String.fromCharCode(byte), "");
            return canvas.hidden ? null : [height, width, btoa(text)];""",
            f"{self.cell(layer)} {canvas}",
        )
        assert found, f"{layer} is not drawn: {self.reason(layer)}"
        height, width, encoded = found
        return np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(height, width, 4)

    def errors(self) -> list[str]:
        """Messages of the console since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def violations(driver: Any) -> list[tuple[str, str]]:
    """What axe calls serious or critical on the page that is shown, each with the first element."""
    if not AXE.exists():
        pytest.skip("needs axe-core: `make pages` fetches it by npm")
    # By the debugger: the viewer's own security policy lets no script in.
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found = driver.execute_async_script(
        """const done = arguments[0];
        axe.run(document, { resultTypes: ["violations"] }).then((all) => done(all.violations));"""
    )
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]


@contextmanager
def chromium(width: int = 1280, height: int = 900) -> Iterator[Any]:
    """Selenium's driver of a headless Chromium; the test is skipped where there is none."""
    program, helper = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and helper):
        pytest.skip("needs a browser: install Debian's packages chromium and chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--window-size={width},{height}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(helper))
    try:
        yield driver
    finally:
        driver.quit()
