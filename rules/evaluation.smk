# Scores of a variant against truth, where there is any.
rule evaluation:
    input:
        lambda wildcards: [
            *plan.manifests(f"{wildcards.stage}/{wildcards.variant}"),
            plan.truth,
        ],
    output:
        str(plan.results / "evaluation" / "{stage}" / "{variant}" / "scores.json"),
    log:
        str(plan.results / "evaluation" / "{stage}" / "{variant}" / "log.txt"),
    benchmark:
        str(plan.results / "evaluation" / "{stage}" / "{variant}" / "benchmark.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.evaluation.job(
            f"{wildcards.stage}/{wildcards.variant}"
        ),
    shell:
        "python -P -m seedmask.jobs evaluation --job {params.job:q} --log {log:q} > {log:q} 2>&1"


# How well a classifier tells the classes apart on tags that it did not learn.
rule tags:
    input:
        lambda wildcards: [
            *plan.index(),
            *plan.manifests(f"{wildcards.stage}/{wildcards.variant}"),
        ],
    output:
        str(plan.results / "evaluation" / "{stage}" / "{variant}" / "tags.json"),
    log:
        str(plan.results / "evaluation" / "{stage}" / "{variant}" / "tags.txt"),
    benchmark:
        str(plan.results / "evaluation" / "{stage}" / "{variant}" / "tags.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: lambda wildcards: plan.threads(f"{wildcards.stage}/{wildcards.variant}")
    resources:
        gpu=lambda wildcards: int(
            plan.uses_gpu(f"{wildcards.stage}/{wildcards.variant}")
        ),
    params:
        job=lambda wildcards: plan.evaluation.tags_job(
            f"{wildcards.stage}/{wildcards.variant}"
        ),
    shell:
        "python -P -m seedmask.jobs tags --job {params.job:q} --log {log:q} > {log:q} 2>&1"
