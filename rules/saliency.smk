# Saliency maps of one shard.
rule saliency_shard:
    input:
        inputs("saliency"),
    output:
        manifest("saliency"),
    log:
        of_variant("saliency", "logs/{shard}.txt"),
    benchmark:
        of_variant("saliency", "benchmarks/{shard}.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of("saliency")
    resources:
        gpu=gpu("saliency"),
    params:
        job=job("saliency"),
    shell:
        "python -P -m seedmask.jobs saliency --job {params.job:q} --log {log:q} > {log:q} 2>&1"
