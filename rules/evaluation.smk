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
        job=lambda wildcards: plan.evaluation_job(
            f"{wildcards.stage}/{wildcards.variant}"
        ),
    shell:
        "python -m pipeline.stages evaluation --job {params.job:q} > {log} 2>&1"
