# Scores of a variant against truth, if there is any.
rule evaluation:
    input:
        lambda wildcards: plan.evaluation.inputs(reference(wildcards)),
    output:
        of_evaluation("scores.json"),
    log:
        of_evaluation("log.txt"),
    benchmark:
        of_evaluation("benchmark.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.evaluation.job(reference(wildcards)),
    shell:
        "python -P -m seedmask.jobs evaluation --job {params.job:q} --log {log:q} > {log:q} 2>&1"
        " || python -P -m seedmask.jobs.killed $? {log:q}"


# How well a classifier tells the classes apart on tags that it did not learn.
rule tags:
    input:
        lambda wildcards: [
            *plan.index(),
            *plan.manifests(reference(wildcards)),
        ],
    output:
        of_evaluation("tags.json"),
    log:
        of_evaluation("tags.txt"),
    benchmark:
        of_evaluation("tags.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of
    resources:
        gpu=lambda wildcards: int(plan.uses_gpu(reference(wildcards))),
    params:
        job=lambda wildcards: plan.evaluation.tags_job(reference(wildcards)),
    shell:
        "python -P -m seedmask.jobs tags --job {params.job:q} --log {log:q} > {log:q} 2>&1"
        " || python -P -m seedmask.jobs.killed $? {log:q}"
