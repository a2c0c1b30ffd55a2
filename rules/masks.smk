# Background score of a mask variant, where it is found from all its seeds.
rule masks_threshold:
    input:
        lambda wildcards: plan.threshold_inputs(f"masks/{wildcards.variant}"),
    output:
        of_variant("masks", "threshold.json"),
    log:
        of_variant("masks", "threshold.txt"),
    benchmark:
        of_variant("masks", "threshold.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.threshold_job(f"masks/{wildcards.variant}"),
    shell:
        "python -m pipeline.stages threshold --job {params.job:q} 2>&1 | tee {log}"


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
        "python -m pipeline.stages masks --job {params.job:q} 2>&1 | tee {log}"
