# What a mask variant needs to know of all its seeds, if its method estimates something over the whole set first.
rule masks_fit:
    input:
        lambda wildcards: plan.fit_inputs(reference(wildcards)),
    output:
        of_variant("fit.json"),
    log:
        of_variant("fit.txt"),
    benchmark:
        of_variant("fit.tsv")
    wildcard_constraints:
        stage="masks",
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.fit_job(reference(wildcards)),
    shell:
        "python -P -m seedmask.jobs {wildcards.stage} --job {params.job:q} --log {log:q} > {log:q} 2>&1"


# Pseudo-masks of one shard.
use rule saliency_shard as masks_shard with:
    wildcard_constraints:
        stage="masks",
