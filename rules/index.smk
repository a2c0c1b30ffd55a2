# Every picture, tag and mask, checked and numbered.
rule index:
    output:
        plan.index(),
        plan.truth,
        plan.results / "index" / "index.csv",
        plan.results / "index" / "classes.csv",
        plan.results / "index" / "dataset.json",
    log:
        plan.results / "index" / "log.txt",
    benchmark:
        plan.results / "index" / "benchmark.tsv"
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=plan.index_job(),
    shell:
        "python -m pipeline.stages index --job {params.job:q} > {log} 2>&1"
