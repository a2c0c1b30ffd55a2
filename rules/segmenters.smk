# One network trained on masks.
rule segmenters:
    input:
        inputs("segmenters"),
    output:
        of_variant("segmenters"),
    params:
        job=job("segmenters"),
    log:
        of_variant("segmenters", "log.txt"),
    benchmark:
        of_variant("segmenters", "benchmark.tsv")
    threads: 2
    resources:
        gpu=gpu("segmenters"),
    shell:
        "python -m pipeline.stages segmenters --job {params.job:q} 2>&1 | tee {log}"
