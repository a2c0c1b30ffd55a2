"""CAMs merged from many views of a picture: sizes, tiles, mirror images (PMM, Li et al., ICCV 2021).

The views are made with Pillow, as the authors do; no other resampling gives their numbers.
"""

from collections import Counter
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch.nn.functional import interpolate

from pipeline.methods.crf import ROUGH_CRF, CRFSettings, dense_crf
from pipeline.methods.pictures import as_batch
from pipeline.methods.threshold import Number, score_probabilities
from pipeline.methods.tiles import Scales, Tags, as_array, tile_grid

ScoreMaps = Callable[[torch.Tensor], torch.Tensor]
"""RGB (N, 3, h, w) in 0..1 to maps (N, C, h', w') of any resolution, one for each class without background.

SEAM's are not negative. Of another network's, tiles count the positive part and scales that of the sum.
"""

MARGIN = 1e-5


@torch.no_grad()
def multi_scale_cam(
    network: ScoreMaps,
    image: UInt8[np.ndarray, "H W 3"],
    labels: Tags,
    *,
    scales: Scales,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """CAMs summed over scales and mirror images; each stretched from its minimum to its maximum.

    With s the sum, negative values as 0: v = (s - min - 1e-5) / (max - min + 1e-5), s = 0 within 1e-5 of min.

    Args:
        network: see `ScoreMaps`; gets a view and its mirror image at once.
        image: RGB.
        labels: tags of the picture.
        scales: factors of the picture's size.
        device: where the network is.

    Returns:
        float32 maps of the K classes in the picture, below 1 and as low as -1e-5, or, where min is not 0,
        -min / (max - min): clip them to 0..1 before they are stored. A constant map is 0.

    Raises:
        ValueError: the network has another number of classes than there are tags.
    """
    height, width = image.shape[:2]
    present = _present(labels, device)
    if len(present) == 0:
        return np.zeros((0, height, width), np.float32)
    total = torch.zeros(1, len(present), height, width, dtype=torch.float64, device=device)
    for scale in scales:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        view = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
        maps = _maps(network, as_batch([np.asarray(view)], device), len(labels)).index_select(1, present)
        total += interpolate(maps, (height, width), mode="bilinear", align_corners=False)
    return _stretch(total[0].relu(), MARGIN)


@torch.no_grad()
def multi_crop_cam(
    network: ScoreMaps,
    image: UInt8[np.ndarray, "H W 3"],
    labels: Tags,
    *,
    scales: Scales,
    size: int = 448,
    tile: int = 300,
    batch: int = 8,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """CAMs averaged over enlarged tiles and their mirror images; each stretched from its minimum to its maximum.

    With s the mean over the tiles that cover a pixel: v = (s - min) / (max - min + 1e-5), s = 0 within 1e-5 of min.
    A box that several scales share is computed once and counted as often as it occurs.

    Args:
        network: see `ScoreMaps`.
        image: RGB.
        labels: tags of the picture; all of them are asked of every tile.
        scales: see `tile_grid`; 1 covers every pixel.
        size: side that each tile is resized to, in pixels; see `tile_grid`.
        tile: see `tile_grid`.
        batch: tiles in one call of the network, each with its mirror image.
        device: where the network is.

    Returns:
        float32 maps of the K classes in the picture, at most 1 and at least 0 or, where min is not 0,
        -min / (max - min): clip them to 0..1 before they are stored. A constant map is 0.

    Raises:
        ValueError: the network has another number of classes than there are tags.
    """
    height, width = image.shape[:2]
    present = _present(labels, device)
    if len(present) == 0:
        return np.zeros((0, height, width), np.float32)
    total = torch.zeros(len(present), height, width, dtype=torch.float64, device=device)
    cover = torch.zeros(height, width, device=device)
    found = Counter(box for scale in scales for box in tile_grid(width, height, scale, size=size, tile=tile))
    boxes, picture = list(found), Image.fromarray(image)
    for start in range(0, len(boxes), batch):
        chosen = boxes[start : start + batch]
        views = [picture.crop(box).resize((size, size), Image.Resampling.BILINEAR) for box in chosen]
        batch_of_views = as_batch([np.asarray(view) for view in views], device)
        maps = _maps(lambda x: network(x).relu(), batch_of_views, len(labels)).index_select(1, present)
        for (x1, y1, x2, y2), map_ in zip(chosen, maps, strict=True):
            times = found[x1, y1, x2, y2]
            full = interpolate(map_[None], (y2 - y1, x2 - x1), mode="bilinear", align_corners=False)
            total[:, y1:y2, x1:x2] += times * full[0]
            cover[y1:y2, x1:x2] += 2 * times
    return _stretch(total / cover.clamp(min=1), 0)


def rough_probabilities(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    *,
    exponent: Number = 24,
    crf: CRFSettings = ROUGH_CRF,
) -> Float[np.ndarray, "K1 H W"]:
    """Marginals of one CRF over background (1 - max_k v_k)^α and the K classes: rough maps for `tile_labels`.

    Args:
        image: RGB.
        cams: v, in 0..1.
        exponent: α.
        crf: kernels.

    Raises:
        SeedmaskError: pydensecrf is not installed.
    """
    return dense_crf(image, score_probabilities(cams, exponent, "exponent"), crf)


def _present(labels: Tags, device: torch.device | str) -> torch.Tensor:
    return torch.as_tensor(np.flatnonzero(as_array(labels)), device=device)


def _maps(network: ScoreMaps, views: torch.Tensor, classes: int) -> Float[torch.Tensor, "N C h w"]:
    """Each view's maps and, turned back, those of its mirror image, added while they are small."""
    maps = network(torch.cat([views, views.flip(-1)])).float()
    if maps.shape[1] != classes:
        raise ValueError(f"the network has {maps.shape[1]} classes, the picture tags for {classes}")
    plain, mirrored = maps.chunk(2)
    return plain + mirrored.flip(-1)


def _stretch(maps: Float[torch.Tensor, "K H W"], offset: Number) -> Float[np.ndarray, "K H W"]:
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    raised = torch.where(maps < low + MARGIN, 0, maps)
    stretched = (raised - low - offset) / (high - low + MARGIN)
    return torch.where(high < low + MARGIN, 0, stretched).float().cpu().numpy()
