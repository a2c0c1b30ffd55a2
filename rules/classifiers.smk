# One network trained on image tags.
rule classifiers:
    input:
        inputs("classifiers"),
    output:
        of_variant("classifiers"),
    log:
        of_variant("classifiers", "log.txt"),
    benchmark:
        of_variant("classifiers", "benchmark.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of("classifiers")
    resources:
        gpu=gpu("classifiers"),
    params:
        job=job("classifiers"),
    shell:
        "python -P -m seedmask.jobs classifiers --job {params.job:q} --log {log:q} > {log:q} 2>&1"
