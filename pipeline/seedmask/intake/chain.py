"""Which chain from tags to masks suits a set: what stands out in its pictures, and how clearly.

On photographs of scenes saliency is vague and maps are vaguer: there an object is where both are, and a CRF only
carries their errors further. Where pictures show a thing or two with clear outlines, either finds what the other
misses, and a CRF finds the outline. Where nothing stands out, or everything does, saliency says nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from typing import Literal

import numpy as np
from jaxtyping import Float
from tqdm import tqdm

from seedmask.dataset.images import load_image
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.contents import Contents
from seedmask.intake.facts import picture_reading
from seedmask.methods.saliency import salient_map
from seedmask.saliency.network.network import load_network, network_file

MODEL = "u2netp"
LOOKED_AT = 48
"""Pictures that are looked at; each takes a quarter of a second on two cores."""
SURE, DOUBTFUL = 0.5, (0.1, 0.9)
"""Saliency above which a pixel stands out, and between which it is not clear whether it does."""
NOTHING, EVERYTHING = 0.02, 0.5
"""Median share of a picture that stands out, up to which nothing does, and from which everything does."""
VAGUE = 0.29
"""Median share of doubtful pixels among those that may stand out, from which saliency is vague: between the 0.21 of the
demo's photographs and the 0.38 of 100 scenes of COCO, in whose sight it was chosen (docs/experiments.md)."""

Kind = Literal["maps", "things", "scenes"]


@dataclass(frozen=True)
class MaskChain:
    """A chain and its reason.

    Args:
        kind: masks from maps alone, or with saliency, of single things or of scenes.
        why: what was seen, for people; a sentence without its end.
    """

    kind: Kind
    why: str


def chosen_chain(contents: Contents, cores: int) -> MaskChain:
    """The chain for a folder of pictures with tags.

    Args:
        contents: of the folder.
        cores: threads of the network.
    """
    if contents.options.percentiles:
        return MaskChain("maps", "saliency was not tried, because the range of values is found by the job `index`")
    try:
        network = load_network(network_file(MODEL)[0], cores)
    except SeedmaskError as error:
        return MaskChain("maps", f"saliency makes better masks of most photographs, but {error}")
    reading, maps = picture_reading(contents.options), []
    for picture in tqdm(looked_at(contents), desc="saliency", leave=False, ncols=80):
        with suppress(InputError):  # `seedmask check` names pictures that cannot be read
            maps.append(salient_map(network, load_image(contents.scan.images[picture], reading)))
    return (
        chain_for(maps) if maps else MaskChain("maps", "saliency was not tried, because no picture could be looked at")
    )


def looked_at(contents: Contents) -> list[str]:
    """Training pictures from all over the folder; of those with tags of some class, where there are any."""
    train = [picture for picture in contents.of_split("train") if picture in contents.scan.images]
    tagged = [picture for picture in train if contents.tags.get(picture)] or train
    return tagged[:: max(1, -(-len(tagged) // LOOKED_AT))]


def chain_for(maps: Sequence[Float[np.ndarray, "_ _"]]) -> MaskChain:
    """The chain for pictures with some saliency, at least one.

    Args:
        maps: 0..1.
    """
    share, doubt = _usual(_share, maps), _usual(_doubt, maps)
    seen = f"{share:.0%} of the usual picture stands out ({len(maps)} were looked at)"
    if share < NOTHING:
        return MaskChain("maps", f"only {seen}, which says nothing")
    if share > EVERYTHING:
        return MaskChain("maps", f"as much as {seen}, which says nothing")
    if doubt >= VAGUE:
        return MaskChain("scenes", f"{seen}, {doubt:.0%} of that vaguely, as in scenes")
    return MaskChain("things", f"{seen}, {doubt:.0%} of that vaguely, as with single things")


def _usual(number: Callable[[np.ndarray], float], maps: Sequence[np.ndarray]) -> float:
    return median(map(number, maps))


def _share(saliency: np.ndarray) -> float:
    return float((saliency > SURE).mean())


def _doubt(saliency: np.ndarray) -> float:
    low, high = DOUBTFUL
    possible = saliency > low
    return float((possible & (saliency < high)).sum() / max(int(possible.sum()), 1))
