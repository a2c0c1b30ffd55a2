"""What networks for saliency find of the objects that truth masks label, and how long they take.

Run: python benchmarks/studies/saliency_networks.py PICTURES MASKS   (two seconds a picture; docs/own-data.md says where
U2-Net is from)
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median
from time import process_time

import numpy as np
from PIL import Image

from seedmask.methods.saliency import salient_map
from seedmask.saliency.network.network import load_network, network_file

SALIENT = 0.5
VOID = 255


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description="Saliency against any labelled object, one thread.")
    parser.add_argument("pictures", type=Path)
    parser.add_argument("masks", type=Path, help="PNGs of the same names: 0 background, 255 void")
    parser.add_argument("--models", nargs="+", default=["u2netp", "u2net"], help="names or ONNX files")
    options = parser.parse_args()
    found = measured(options.pictures, options.masks, options.models)
    sys.stdout.write("| model | IoU of pictures | IoU of all pixels | MAE | s |\n|---|---|---|---|---|\n")
    for model, rows in found.items():
        common, either, errors, pixels, seconds = np.array(rows).T
        of_objects = either > 0
        each = fmean(common[of_objects] / either[of_objects])
        whole, mae = common.sum() / either.sum(), errors.sum() / pixels.sum()
        sys.stdout.write(f"| {model} | {each:.3f} | {whole:.3f} | {mae:.3f} | {median(seconds):.2f} |\n")


def measured(pictures: Path, masks: Path, models: Sequence[str]) -> dict[str, list[tuple[float, ...]]]:
    """Of each model and picture: pixels in both, pixels in either, sum of errors, pixels, and the processor's seconds.

    The models take turns at each picture, so that a disturbed machine disturbs all.
    """
    networks = {model: load_network(network_file(model)[0], 1) for model in models}
    rows: dict[str, list[tuple[float, ...]]] = {model: [] for model in models}
    for path in sorted(masks.glob("*.png")):
        truth = np.asarray(Image.open(path))
        (file,) = [f for f in pictures.glob(f"{path.stem}.*") if f != path]
        image = np.asarray(Image.open(file).convert("RGB"))
        known, labelled = truth != VOID, (truth > 0) & (truth != VOID)
        if not labelled.any():
            continue  # nothing to find; whatever stands out there is right
        for model, network in networks.items():
            started = process_time()
            saliency = salient_map(network, image)
            seconds = process_time() - started
            salient = (saliency > SALIENT) & known
            error = float(np.abs(saliency - labelled)[known].sum())
            common, either = int((salient & labelled).sum()), int((salient | labelled).sum())
            rows[model].append((common, either, error, int(known.sum()), seconds))
    return rows


if __name__ == "__main__":
    main()
