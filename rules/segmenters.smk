# One network trained on masks.
rule segmenters:
    input:
        inputs("segmenters"),
    output:
        of_variant("segmenters"),
    log:
        of_variant("segmenters", "log.txt"),
    benchmark:
        of_variant("segmenters", "benchmark.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of("segmenters")
    resources:
        gpu=gpu("segmenters"),
    params:
        job=job("segmenters"),
    shell:
        "python -P -m seedmask.jobs segmenters --job {params.job:q} --log {log:q} > {log:q} 2>&1"
