# Class activation maps of one shard.
rule seeds_shard:
    input:
        inputs("seeds"),
    output:
        manifest("seeds"),
    log:
        of_variant("seeds", "logs/{shard}.txt"),
    benchmark:
        of_variant("seeds", "benchmarks/{shard}.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of("seeds")
    resources:
        gpu=gpu("seeds"),
    params:
        job=job("seeds"),
    shell:
        "python -P -m seedmask.jobs seeds --job {params.job:q} --log {log:q} > {log:q} 2>&1"
