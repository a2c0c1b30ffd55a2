from snakemake.utils import min_version

min_version("9.20")


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
