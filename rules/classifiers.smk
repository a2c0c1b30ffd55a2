# One network trained on image tags.
rule classifiers:
    input:
        inputs,
    output:
        of_variant("manifest.json"),
    log:
        of_variant("log.txt"),
    benchmark:
        of_variant("benchmark.tsv")
    wildcard_constraints:
        stage="classifiers",
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
