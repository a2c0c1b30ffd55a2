"""CAMs averaged over enlarged tiles of a picture (PMM, Li et al., ICCV 2021).

The tiles are resized with Pillow, as the authors do; no other resampling gives their numbers.
"""

from collections import Counter

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch.nn.functional import interpolate

from seedmask.methods.batches import Scales, Tags, as_batch
from seedmask.methods.tiles import tile_grid
from seedmask.methods.view_cams import ScoreMaps, maps_of, present_in, stretched


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
    present = present_in(labels, device)
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
        maps = maps_of(lambda x: network(x).relu(), batch_of_views, len(labels)).index_select(1, present)
        for (x1, y1, x2, y2), map_ in zip(chosen, maps, strict=True):
            times = found[x1, y1, x2, y2]
            full = interpolate(map_[None], (y2 - y1, x2 - x1), mode="bilinear", align_corners=False)
            total[:, y1:y2, x1:x2] += times * full[0]
            cover[y1:y2, x1:x2] += 2 * times
    return stretched(total / cover.clamp(min=1), 0)
