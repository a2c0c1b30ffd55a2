# What weak labels need of the whole set: a threshold of all seeds, or what people drew in all pictures, cut into shards.
rule weak_labels_fit:
    input:
        lambda wildcards: plan.fit_inputs(f"weak_labels/{wildcards.variant}"),
    output:
        of_variant("weak_labels", "fit.json"),
    log:
        of_variant("weak_labels", "fit.txt"),
    benchmark:
        of_variant("weak_labels", "fit.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.fit_job(f"weak_labels/{wildcards.variant}"),
    shell:
        "python -P -m seedmask.jobs weak_labels --job {params.job:q} --log {log:q} > {log:q} 2>&1"


# Weak labels of one shard.
rule weak_labels_shard:
    input:
        inputs("weak_labels"),
    output:
        manifest("weak_labels"),
    log:
        of_variant("weak_labels", "logs/{shard}.txt"),
    benchmark:
        of_variant("weak_labels", "benchmarks/{shard}.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of("weak_labels")
    resources:
        gpu=gpu("weak_labels"),
    params:
        job=job("weak_labels"),
    shell:
        "python -P -m seedmask.jobs weak_labels --job {params.job:q} --log {log:q} > {log:q} 2>&1"
