# A segmenter's masks of one shard.
rule predictions_shard:
    input:
        inputs("predictions"),
    output:
        manifest("predictions"),
    log:
        of_variant("predictions", "logs/{shard}.txt"),
    benchmark:
        of_variant("predictions", "benchmarks/{shard}.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of("predictions")
    resources:
        gpu=gpu("predictions"),
    params:
        job=job("predictions"),
    shell:
        "python -P -m seedmask.jobs predictions --job {params.job:q} --log {log:q} > {log:q} 2>&1"
