# What seeds need of the whole set first: whether there are maps of all images, where another program made them.
rule seeds_fit:
    input:
        lambda wildcards: plan.fit_inputs(reference(wildcards)),
    output:
        of_variant("fit.json"),
    log:
        of_variant("fit.txt"),
    benchmark:
        of_variant("fit.tsv")
    wildcard_constraints:
        stage="seeds",
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.fit_job(reference(wildcards)),
    shell:
        "python -P -m seedmask.jobs {wildcards.stage} --job {params.job:q} --log {log:q} > {log:q} 2>&1"
        " || python -P -m seedmask.jobs.killed $? {log:q}"


# Class activation maps of one shard.
use rule saliency_shard as seeds_shard with:
    wildcard_constraints:
        stage="seeds",
