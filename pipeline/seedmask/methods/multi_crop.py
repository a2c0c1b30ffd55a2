"""CAMs averaged over enlarged tiles of an image (PMM, Li et al., ICCV 2021).

The tiles are resized with Pillow, as the authors do; no other resampling gives their numbers.
"""

from collections import Counter

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch.nn.functional import interpolate

from seedmask.methods.batches import Scales, Tags, as_array, as_batch
from seedmask.methods.multi_scale import ScoreMaps, of_classes, stretched, with_mirror_image
from seedmask.methods.tiles import tile_grid


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
    """Positive scores averaged over enlarged tiles and their mirror images, then stretched; see `stretched`.

    A box that several scales share is computed once and counted as often as it occurs.

    Args:
        network: see `ScoreMaps`.
        image: RGB.
        labels: tags of the image; every tile is scored for all of them.
        scales: see `tile_grid`; 1 covers every pixel.
        size: side that each tile is resized to, in pixels; see `tile_grid`.
        tile: see `tile_grid`.
        batch: tiles in one call of the network, each with its mirror image.
        device: where the network is.

    Returns:
        float32 CAMs of the K classes in the image; see `stretched`.

    Raises:
        ValueError: the network has another number of classes than there are tags.
    """
    height, width = image.shape[:2]
    labels = as_array(labels)
    present = torch.as_tensor(np.flatnonzero(labels), device=device)
    if len(present) == 0:
        return np.zeros((0, height, width), np.float32)
    network = of_classes(network, len(labels))

    def scores(views: torch.Tensor) -> torch.Tensor:
        return network(views).index_select(1, present).float().relu()

    total = torch.zeros(len(present), height, width, dtype=torch.float64, device=device)
    cover = torch.zeros(height, width, device=device)
    counts = Counter(box for scale in scales for box in tile_grid(width, height, scale, size=size, tile=tile))
    boxes, pillow = list(counts), Image.fromarray(image)
    for start in range(0, len(boxes), batch):
        chosen = boxes[start : start + batch]
        views = [pillow.crop(box).resize((size, size), Image.Resampling.BILINEAR) for box in chosen]
        cams = with_mirror_image(scores, as_batch([np.asarray(view) for view in views], device))
        for (x1, y1, x2, y2), cam in zip(chosen, cams, strict=True):
            times = counts[x1, y1, x2, y2]
            full = interpolate(cam[None], (y2 - y1, x2 - x1), mode="bilinear", align_corners=False)
            total[:, y1:y2, x1:x2] += times * full[0]
            cover[y1:y2, x1:x2] += 2 * times
    return stretched(total / cover.clamp(min=1), 0)
