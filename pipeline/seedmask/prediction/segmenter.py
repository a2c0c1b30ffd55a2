"""A trained segmenter for images of any source, in three lines of Python."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8

from seedmask.config.views import ViewOptions
from seedmask.dataset.images import palette, read_image
from seedmask.dataset.picture_reading import PictureReading, kept_reading
from seedmask.dataset.placement import placements, working_size
from seedmask.dataset.placing import cut, shrunk, whole_labels, whole_values
from seedmask.errors import SeedmaskError
from seedmask.export.variants import require_variant
from seedmask.inference.predictor import Predictor
from seedmask.inference.segmenter import trained_segmenter
from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.prediction.views import views_of
from seedmask.storage.manifest import Manifest, read_manifest

DEVICES = ("auto", "cpu", "cuda")


def load_segmenter(path: str | Path, *, device: str = "auto", like: str | None = None, **options: Any) -> "Segmenter":
    """A segmenter of finished results, as `snakemake` trained it.

    >>> from seedmask import load_segmenter
    >>> segmenter = load_segmenter("results/tiny/segmenters/crf", device="cpu")
    >>> segmenter.labels
    {0: 'background', 1: 'cow & calf', 2: 'sheep'}
    >>> mask, confidence = segmenter.predict("pictures/p2.png")
    >>> mask.shape, mask.dtype, confidence.dtype
    ((12, 16), dtype('uint8'), dtype('float32'))

    Args:
        path: folder of the segmenter, `results/stamps/segmenters/crf`; a replicate is `.../crf.1`.
        device: `cpu`, `cuda`, or `auto`: a GPU where there is one.
        like: variant of the predictions, `predictions/crf`, whose views are taken; else that which reads the segmenter
            (its namesake among several), else the defaults. `views_from` says which.
        options: views that are different, by the keys of predictions in the configuration: `scales`, `short_side`,
            `longest`, `resample`, `flip`, `window`, `window_stride`, `crf`, `engine`, `precision`, `threads`.

    Raises:
        SeedmaskError: there is no such segmenter, its training is not finished, its weights are damaged; an option or
            the device is unknown; there is no GPU.
    """
    path = Path(path)
    results, reference = path.parent.parent, f"{path.parent.name}/{path.name}"
    if path.parent.name != "segmenters":
        raise SeedmaskError(f"{path}: is no segmenter; name its folder, like results/stamps/segmenters/crf")
    if not (path / "manifest.json").is_file():
        require_variant(results, reference, ("segmenters",))
        raise SeedmaskError(f"{reference}: its training is not finished; run snakemake, it goes on where it stopped")
    chosen = device_named(device)
    views, views_from, others = views_of(results, reference, options, like)
    return Segmenter(results, read_manifest(results, reference), views, chosen, views_from, others)


def device_named(name: str) -> str:
    """`cpu` or `cuda`; for `auto` a GPU where torch sees one.

    Raises:
        SeedmaskError: there is no such device.
    """
    if name not in DEVICES:
        raise SeedmaskError(f"device {name!r}: expected one of {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise SeedmaskError(
            "device cuda: torch sees no GPU; take `cpu`, or see `make setup TORCH=cuda` and CUDA_VISIBLE_DEVICES"
        )
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


class Segmenter:
    """A trained segmenter with its views of an image; made by `load_segmenter`.

    Args:
        results: `results/<data set>`.
        manifest: of the segmenter.
        views: sizes, mirror images, windows and CRF.
        device: `cpu` or `cuda`.
        views_from: where the views come from.
        other_views: variants that they could have come from too.
    """

    def __init__(
        self,
        results: Path,
        manifest: Manifest,
        views: ViewOptions,
        device: str,
        views_from: str,
        other_views: tuple[str, ...] = (),
    ):
        self.name: str = manifest.name
        """`segmenters/crf`."""
        self._network, known = trained_segmenter(results, manifest, device)
        self.classes: tuple[str, ...] = known.classes
        """Names of the classes; class k has label k + 1."""
        self.labels: dict[int, str] = dict(zip(known.values, known.names, strict=True))
        """Name of each number in a mask; 0 is background, where the data set has one."""
        self.palette: UInt8[np.ndarray, "256 3"] = palette()
        """RGB colour of each number in a mask."""
        self.pixel_labels: tuple[str, ...] = manifest.pixel_labels
        """Every use of truth in its training; empty if it learned from cheap labels only."""
        self.made_elsewhere: tuple[str, ...] = manifest.made_elsewhere
        """What another program made of all that it learned from; empty if this workflow made everything."""
        self.settings: dict[str, Any] = manifest.settings
        """Options of its training."""
        self.reading: PictureReading = kept_reading(manifest.facts)
        """How the pictures were read that it learned from; files are read likewise."""
        self.views, self.views_from, self.other_views, self.device = views, views_from, other_views, device
        coarse_logits = self._network.function("coarse_logits", views.engine, device, views.precision)
        self._predictor = Predictor(coarse_logits, known, views, device)

    @property
    def network(self) -> SegmenterNetwork:
        """The network itself, in evaluation mode; it is built where it is asked for."""
        return self._network.network

    def describe_views(self) -> str:
        """Origin and values of its views, for people."""
        views, beside = self.views, f" (also {', '.join(self.other_views)})" if self.other_views else ""
        words = [f"scales {', '.join(f'{scale:g}' for scale in views.scales)}"]
        words += [f"shorter side {views.short_side}"] if views.short_side else []
        words += [f"longer side at most {views.longest}"] if views.longest else []
        words += ["with mirror images" if views.flip else "no mirror images"]
        words += ["in bfloat16"] if views.precision == "bfloat16" else []
        words += [f"window {views.window} step {views.window_stride}", "CRF" if views.crf else "no CRF"]
        return f"views of {self.views_from}{beside}: {', '.join(words)}, threads {views.threads}"

    def predict(self, picture: np.ndarray | str | Path) -> tuple[UInt8[np.ndarray, "H W"], Float[np.ndarray, "H W"]]:
        """Mask and confidence of a picture: the same numbers as those of the predictions in the results.

        Args:
            picture: uint8 (H, W, 3), RGB in 0..255, or a file, which is read as the pictures of its training were:
                upright, alpha ignored, with the `bands` and the `range` of their data set.

        Returns:
            Label of each pixel, a number of `labels`; and its probability, float32 in 0..1. Both have the picture's
            size, though it is shrunk or cut for the network as those of the training were.

        Raises:
            InputError: the file is missing, damaged, of a kind that has no defined conversion, or of another kind than
                the pictures of its training where these had `bands` or `range`.
            SeedmaskError: the array is no such picture.
        """
        if isinstance(picture, str | Path):
            pixels, facts = read_image(Path(picture), reading=self.reading)
            size = facts.picture
        else:
            pixels = checked(picture)
            size = pixels.shape[1], pixels.shape[0]
            pixels = shrunk(pixels, working_size(size, self.reading.working_side))
        rows = placements(size, self.reading.working_side, self.reading.tiles)
        with _threads(self.views.threads):
            made = [self._predictor.predict(cut(pixels, row) if row.tiled else pixels) for row in rows]
        if len(rows) == 1 and rows[0].is_plain:
            return made[0]
        masks, confidences = zip(*made, strict=True)
        return whole_labels(zip(rows, masks, strict=True)), whole_values(zip(rows, confidences, strict=True))


def checked(picture: Any) -> UInt8[np.ndarray, "H W 3"]:
    """A picture, if it is one as `Segmenter.predict` takes it.

    Raises:
        SeedmaskError: it is something else.
    """
    if not isinstance(picture, np.ndarray):
        raise SeedmaskError(f"picture is {type(picture).__name__}, expected an array (H, W, 3) of uint8 or a path")
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise SeedmaskError(
            f"picture is {picture.dtype} {picture.shape}, expected uint8 (H, W, 3), RGB in 0..255; "
            "`numpy.array(image.convert('RGB'))` makes one of a Pillow image"
        )
    return picture


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Torch's number of threads, on which the last bits depend, for the time of a block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
