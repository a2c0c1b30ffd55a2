from snakemake.utils import min_version

min_version("9.20")


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/index.smk"
include: "rules/classifiers.smk"
include: "rules/seeds.smk"
include: "rules/masks.smk"
include: "rules/segmenters.smk"
include: "rules/predictions.smk"
include: "rules/evaluation.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        plan.report("index.html"),
