import sys
from importlib.util import find_spec

from snakemake.utils import min_version

min_version("9.20")

if find_spec("seedmask") is None:
    sys.exit(
        "Seedmask is not installed for this Python: run `make setup` here and "
        "`. .venv/bin/activate`, or `pip install seedmask`"
    )


# The demo, unless `--configfile` names another configuration, which then stands alone.
if not workflow.config_settings.configfiles:

    configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/index.smk"
include: "rules/saliency.smk"
include: "rules/classifiers.smk"
include: "rules/seeds.smk"
include: "rules/masks.smk"
include: "rules/weak_labels.smk"
include: "rules/segmenters.smk"
include: "rules/predictions.smk"
include: "rules/evaluation.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        plan.page.path,
