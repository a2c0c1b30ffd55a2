# Images, tags and masks of one shard, checked and numbered.
rule index_shard:
    output:
        plan.in_index("manifests/{shard}.json"),
        plan.in_index("tables/{shard}.json"),
    log:
        plan.in_index("logs/{shard}.txt"),
    benchmark:
        plan.in_index("benchmarks/{shard}.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.index_shard_job(wildcards.shard),
    shell:
        "python -P -m seedmask.jobs index --job {params.job:q} --log {log:q} > {log:q} 2>&1"
        " || python -P -m seedmask.jobs.killed $? {log:q}"


# The whole: all problems of the data set at once, or what every other job needs to know of it.
rule index:
    input:
        lambda wildcards: plan.tables(),
    output:
        plan.in_index("set.json"),
        plan.in_index("pictures.json"),
        plan.in_index("dataset.json"),
        plan.truth,
        plan.in_index("index.csv"),
        plan.in_index("classes.csv"),
    log:
        plan.in_index("log.txt"),
    benchmark:
        plan.in_index("benchmark.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.index_job(),
    shell:
        "python -P -m seedmask.jobs index --job {params.job:q} --log {log:q} > {log:q} 2>&1"
        " || python -P -m seedmask.jobs.killed $? {log:q}"
