"""A seeds shard against its bare network forwards, and its store against pickled float32 arrays, in one run.

Run: python benchmarks/seeds_shard.py [pictures]
"""

import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from seedmask.classifiers.cam.network import build
from seedmask.classifiers.cam.options import CamOptions as Settings
from seedmask.dataset.images import load_image
from seedmask.demo.shapes import make_shapes
from seedmask.job import Job
from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.storage.canvas import CLASSES, Layout, cam_spec, encode
from seedmask.storage.shard import ShardTask, write_shard

SCALES = (1.0, 1.5)
CLASS_COUNT = 20


def main(pictures: int) -> None:
    """Print both sides and their ratios."""
    torch.set_num_threads(1)
    network = build(Settings(), CLASS_COUNT).eval()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_shapes(folder / "data", train=pictures, val=0, seed=0, size=320)
        images = [load_image(path) for path in sorted((folder / "data" / "JPEGImages").iterdir())]
        rng = np.random.default_rng(0)
        classes = [tuple(sorted(rng.permutation(CLASS_COUNT)[: 1 + n % 3].tolist())) for n in range(len(images))]

        bare_forwards(network, images[:2])  # warm up
        started = time.perf_counter()
        bare_forwards(network, images)
        bare = time.perf_counter() - started

        started = time.perf_counter()
        whole_shard(network, images, classes, folder)
        whole = time.perf_counter() - started

        pickled = pickle_sizes(network, images, classes, folder)
        stored = sum(p.stat().st_size for p in (folder / "seeds").rglob("*") if p.is_file())
    lines = [
        f"{len(images)} pictures of about 320 x 240, scales {SCALES} with flip, one thread",
        f"bare forwards {bare:.2f} s, whole shard {whole:.2f} s, ratio {whole / bare:.3f} (wanted: at most 1.15)",
        f"pickled {pickled / 1e6:.2f} MB, store {stored / 1e6:.2f} MB, ratio {stored / pickled:.3f} (at most .1)",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def views(image: np.ndarray, scale: float) -> torch.Tensor:
    """A picture and its mirror image at one scale."""
    picture = torch.tensor(image).permute(2, 0, 1)[None].float() / 255
    size = [round(length * scale) for length in image.shape[:2]]
    resized = torch.nn.functional.interpolate(picture, size, mode="bilinear", antialias=True)
    return torch.cat([resized, resized.flip(-1)])


@torch.no_grad()
def bare_forwards(network, images: list[np.ndarray]) -> None:
    """Nothing but the network."""
    for image in images:
        for scale in SCALES:
            network.score_maps(views(image, scale))


def whole_shard(network, images: list[np.ndarray], classes: list[tuple[int, ...]], results: Path) -> None:
    """What the stage does: maps, rounding, digests, one atomic shard, manifest."""
    job = Job(
        stage="seeds", variant="cam", shard="0000", results=results, settings={}, basis={}, shard_size=len(images)
    )
    spec = cam_spec("uint8")
    height, width = (max(image.shape[axis] for image in images) for axis in (0, 1))
    layout = Layout({"cam": spec, "classes": CLASSES}, len(images), 3, height, width, len(images))
    rows = [SimpleNamespace(id=str(n), height=i.shape[0], width=i.shape[1]) for n, i in enumerate(images)]

    def compute(task: ShardTask) -> dict[str, np.ndarray]:
        cams = multi_scale_cam(network.score_maps, images[task.row], classes[task.row], SCALES, True)
        return {"cam": encode(cams, spec), "classes": np.array(classes[task.row], "int16")}

    write_shard(job, layout, [ShardTask(n, row, {}) for n, row in enumerate(rows)], compute)


def pickle_sizes(network, images: list[np.ndarray], classes: list[tuple[int, ...]], folder: Path) -> int:
    """Bytes of the usual file an image: a pickled dictionary of float32 maps, strided by 4 and at full size."""
    total = 0
    for image, present in zip(images, classes, strict=True):
        cams = multi_scale_cam(network.score_maps, image, present, (1.0,), False)
        path = folder / "maps.npy"
        np.save(path, {"keys": np.array(present), "cam": cams[:, ::4, ::4].copy(), "high_res": cams}, allow_pickle=True)
        total += path.stat().st_size
    return total


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 32)
