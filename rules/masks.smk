# What a mask variant needs to know of all its seeds, where its method finds something over the whole set first.
rule masks_fit:
    input:
        lambda wildcards: plan.fit_inputs(f"masks/{wildcards.variant}"),
    output:
        of_variant("masks", "fit.json"),
    log:
        of_variant("masks", "fit.txt"),
    benchmark:
        of_variant("masks", "fit.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.fit_job(f"masks/{wildcards.variant}"),
    shell:
        "python -P -m seedmask.jobs masks --job {params.job:q} --log {log:q} > {log:q} 2>&1"


# Pseudo-masks of one shard.
rule masks_shard:
    input:
        inputs("masks"),
    output:
        manifest("masks"),
    log:
        of_variant("masks", "logs/{shard}.txt"),
    benchmark:
        of_variant("masks", "benchmarks/{shard}.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of("masks")
    resources:
        gpu=gpu("masks"),
    params:
        job=job("masks"),
    shell:
        "python -P -m seedmask.jobs masks --job {params.job:q} --log {log:q} > {log:q} 2>&1"
