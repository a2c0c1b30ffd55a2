# Saliency maps of one shard.
rule saliency_shard:
    input:
        inputs,
    output:
        of_variant("manifests/{shard}.json"),
    log:
        of_variant("logs/{shard}.txt"),
    benchmark:
        of_variant("benchmarks/{shard}.tsv")
    wildcard_constraints:
        stage="saliency",
    conda:
        "../envs/seedmask.yaml"
    threads: threads_of
    resources:
        gpu=gpus,
    params:
        job=job,
    shell:
        "python -P -m seedmask.jobs {wildcards.stage} --job {params.job:q} --log {log:q} > {log:q} 2>&1"
        " || python -P -m seedmask.jobs.killed $? {log:q}"
