"""One method, one folder: an edited module re-runs what it made and what follows from that, and nothing else.

What runs again is read from the jobs as they are planned. That Snakemake runs just those is tried once here and once in
the module of each whole system, of SFC in every suite and of the others by `make faults`.
"""

from contextlib import ExitStack, contextmanager

import pytest
from workflow_kit import AGMM as AGMM_VARIANTS
from workflow_kit import EDIT, jobs_changed
from workflow_kit import I2CRC as I2CRC_VARIANTS
from workflow_kit import PMM as PMM_VARIANTS
from workflow_kit import SFC as SFC_VARIANTS

SEGMENTER = {"segmenters crf", "predictions_shard crf", "evaluation predictions crf", "images", "report"}
CRF = {"masks_shard crf", "evaluation masks crf", *SEGMENTER}
THRESHOLD = {"masks_shard threshold", "evaluation masks threshold", "images", "report"}
SEEDS = {"seeds_shard cam", "masks_fit threshold", "evaluation seeds cam", *CRF, *THRESHOLD}

NOT_USED = [
    "methods/saliency_zoom.py",
    "classifiers/seam/job.py",
    "methods/seam.py",
    "seeds/rough/job.py",
    "seeds/affinity/job.py",
    "seeds/salient/job.py",
    "seeds/mean/job.py",
    "methods/salient_cams.py",
    "seeds/multi_crop/job.py",
    "masks/par/options.py",
    "methods/par.py",
    "methods/proportional.py",
    "masks/proportional/fit.py",
    "methods/under_fitting.py",
    "architectures/dilated_psp/network.py",
    "architectures/deeplab_v2/network.py",
    "methods/prototypes.py",
    "classifiers/boundary/job.py",
    "seeds/prototype/options.py",
    "methods/random_walk.py",
    "masks/confidence/options.py",
    "methods/relation.py",
    "methods/saliency.py",
    "masks/object_guided/job.py",
    "masks/agreement/job.py",
    "saliency/network/options.py",
]
"""Modules of methods of every kind that the demo's configuration has no variant of."""

USED = {
    "methods/cross_entropy.py": SEGMENTER,
    "losses/cross_entropy/loss.py": SEGMENTER,
    "architectures/smp/network.py": SEGMENTER,
    "masks/crf/job.py": CRF,
    "masks/threshold/options.py": THRESHOLD,
    "seeds/fit_label_free.py": {"masks_fit threshold", *THRESHOLD},
    "methods/multi_scale.py": SEEDS,
    "seeds/multi_scale/job.py": SEEDS,
    "classifiers/cam/job.py": {"classifiers cam", "tags classifiers cam", *SEEDS},
    "classifiers/cam/network.py": {"classifiers cam", "tags classifiers cam", *SEEDS},
    "methods/linear_head.py": {"tags classifiers cam", "images", "report"},
    "predictions/network/job.py": {"predictions_shard crf", "evaluation predictions crf", "images", "report"},
    "evaluation/scores.py": {f"evaluation {name}" for name in ("seeds cam", "masks threshold", "masks crf")}
    | {"evaluation predictions crf", "images", "report"},
}
"""Modules that it uses, each with what must run again and nothing besides."""

SHARED = {
    "masks/writing.py": CRF | THRESHOLD,
    "methods/cams.py": SEEDS,
    "inference/classifier.py": SEEDS,
    "inference/networks.py": SEEDS | {"predictions_shard crf"},
    "training/trainer.py": {"classifiers cam", *SEEDS},
    "storage/canvas.py": SEEDS | {"predictions_shard crf"},
}
"""Modules that several methods share, each with what must run again at least."""


@contextmanager
def changed(workspace, modules):
    """The package with several modules changed at once."""
    with ExitStack() as stack:
        for module, more in modules.items():
            stack.enter_context(workspace.changed(module, more))
        yield


def test_an_edit_of_methods_that_no_variant_uses_runs_nothing(finished):
    with changed(finished, dict.fromkeys(NOT_USED, EDIT)):
        assert finished.variants_planned() == set()


@pytest.mark.parametrize("module", USED)
def test_an_edited_method_runs_what_it_made_and_what_follows(unrun, module):
    assert jobs_changed(unrun, {}, module) == USED[module]


@pytest.mark.parametrize("module", SHARED)
def test_an_edited_shared_module_runs_all_that_use_it(unrun, module):
    assert jobs_changed(unrun, {}, module) >= SHARED[module]


def test_snakemake_runs_the_jobs_that_an_edit_changes(finished):
    with finished.changed("masks/crf/job.py", EDIT):
        assert finished.variants_planned() == CRF


def test_a_method_loss_or_network_that_is_added_runs_nothing(finished):
    head = "from typing import Literal\n\nfrom seedmask.config.variant import {base}\n\n\n"
    options = head + "class New({base}):\n    {key}\n"
    method, name = (f'{key}: Literal["new"] = "new"' for key in ("method", "name"))
    added = {
        "masks/new": options.format(base="FromSeeds", key=method),
        "seeds/new": options.format(base="FromSeeds", key=method),
        "losses/new": options.format(base="Loss", key=name),
        "architectures/new": options.format(base="Architecture", key=name),
    }
    module = {"losses/new": "loss", "architectures/new": "network"}
    function = "def {}(*arguments, **keywords):\n    pass\n"
    added = {
        **{f"{folder}/__init__.py": "" for folder in added},
        **{f"{folder}/options.py": text for folder, text in added.items()},
        **{
            f"{folder}/{module.get(folder, 'job')}.py": function.format("build" if folder in module else "run")
            for folder in added
        },
    }
    with changed(finished, added):
        assert finished.variants_planned() == set()


PMM = {
    "methods/seam.py": {"classifiers whole", "classifiers tiles", "seeds_shard scales", "segmenters first"},
    "seeds/rough/job.py": {"seeds_shard rough", "classifiers tiles", "seeds_shard tiles"},
    "masks/proportional/fit.py": {"masks_fit free", "masks_shard free"},
    "methods/under_fitting.py": {"segmenters first", "masks_shard cyclic", "segmenters second"},
    "masks/cyclic/job.py": {"masks_shard cyclic", "segmenters second"},
}
BESIDE_PMM = {
    "methods/seam.py": set(),
    "seeds/rough/job.py": {"classifiers whole", "seeds_shard scales"},
    "masks/proportional/fit.py": {"masks_shard ppg", "seeds_shard tiles"},
    "methods/under_fitting.py": {"masks_shard ppg", "masks_shard free", "classifiers whole"},
    "masks/cyclic/job.py": {"segmenters first", "masks_shard ppg", "masks_shard crf4"},
}


SFC = {
    "methods/calibration.py": {"classifiers sfc"},
    "methods/prototype_seeds.py": {"seeds_shard sfc", "masks_shard double", "classifiers edges"},
    "methods/boundary.py": {"classifiers edges", "masks_shard single"},
    "methods/random_walk.py": {"masks_shard single", "masks_shard double", "segmenters double"},
    "masks/confidence/job.py": {"masks_shard sure", "classifiers edges"},
}
BESIDE_SFC = {
    "methods/calibration.py": set(),
    "methods/prototype_seeds.py": {"classifiers sfc", "seeds_shard cam"},
    "methods/boundary.py": {"classifiers sfc", "seeds_shard sfc", "masks_shard both", "masks_shard sure"},
    "methods/random_walk.py": {"classifiers edges", "masks_shard both"},
    "masks/confidence/job.py": {"masks_shard both", "classifiers sfc", "seeds_shard sfc"},
}


I2CRC = {
    "methods/relation.py": {"classifiers i2crc", "seeds_shard bytes"},
    "methods/attention_bytes.py": {"seeds_shard bytes", "masks_shard labels", "segmenters first"},
    "methods/saliency_labels.py": {"masks_shard labels", "masks_shard multi", "segmenters first"},
    "methods/saliency_zoom.py": {"saliency_shard zoomed", "saliency_shard net"},
    "methods/affinity.py": {
        "seeds_shard spread",
        "saliency_shard zoomed",
        "seeds_shard salient",
        "masks_shard salient",
    },
    "methods/salient_cams.py": {"seeds_shard salient", "masks_shard salient"},
    "seeds/mean/job.py": {"seeds_shard mean"},
    "methods/agreement.py": {"masks_shard agreed"},
    "methods/object_guided.py": {"masks_shard refined", "segmenters second"},
    "saliency/network/network.py": {"saliency_shard net", "classifiers i2crc", "masks_shard multi"},
}
BESIDE_I2CRC = {
    "methods/relation.py": {"saliency_shard net", "saliency_shard own"},
    "methods/attention_bytes.py": {"classifiers i2crc", "seeds_shard multi", "masks_shard multi"},
    "methods/saliency_labels.py": {"classifiers i2crc", "seeds_shard bytes"},
    "methods/saliency_zoom.py": {"saliency_shard own"},
    "methods/affinity.py": {"seeds_shard multi", "seeds_shard mean", "masks_shard multi"},
    "methods/salient_cams.py": {"seeds_shard spread", "masks_shard multi", "saliency_shard net", "seeds_shard mean"},
    "seeds/mean/job.py": {"seeds_shard multi", "seeds_shard bytes", "masks_shard multi"},
    "methods/agreement.py": {"masks_shard salient", "masks_shard labels", "masks_shard multi"},
    "methods/object_guided.py": {"segmenters first", "masks_shard labels"},
    "saliency/network/network.py": {"saliency_shard own"},
}


AGMM = {
    "methods/mixture_loss.py": {"segmenters points", "segmenters em", "masks_shard points"},
    "methods/mixture_masks.py": {"masks_shard points", "masks_shard seeds", "segmenters again"},
    "methods/points.py": {"weak_labels_shard points", "weak_labels_shard clicks", "segmenters points"},
    "methods/grabcut.py": {"weak_labels_shard boxes", "segmenters em"},
    "weak_labels/tags/job.py": {"weak_labels_shard seeds", "weak_labels_shard masks", "masks_shard seeds"},
}
BESIDE_AGMM = {
    "methods/mixture_loss.py": {"segmenters plain", "weak_labels_shard points", "masks_shard seeds"},
    "methods/mixture_masks.py": {"segmenters points", "segmenters plain", "weak_labels_shard points"},
    "methods/points.py": {"weak_labels_shard scribbles", "segmenters em", "masks_shard seeds"},
    "methods/grabcut.py": {"weak_labels_shard points", "segmenters points"},
    "weak_labels/tags/job.py": {"weak_labels_shard points", "segmenters points", "seeds_shard cam"},
}


SYSTEMS = {
    "pmm": (PMM_VARIANTS, PMM, BESIDE_PMM),
    "sfc": (SFC_VARIANTS, SFC, BESIDE_SFC),
    "i2crc": (I2CRC_VARIANTS, I2CRC, BESIDE_I2CRC),
    "agmm": (AGMM_VARIANTS, AGMM, BESIDE_AGMM),
}


@pytest.mark.parametrize(
    ("system", "module"), [(name, module) for name, (_, of, _) in SYSTEMS.items() for module in of]
)
def test_methods_of_a_whole_system_are_apart(unrun, system, module):
    variants, made, beside = SYSTEMS[system]
    planned = jobs_changed(unrun, variants, module)
    assert made[module] <= planned
    assert not beside[module] & planned
