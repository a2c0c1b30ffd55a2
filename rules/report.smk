# What the jobs of this file wait for is asked for by functions: a job on a cluster parses this, and need not know it.
# Numbers of each picture: confidence, disagreement of the variants, distance to the tags, IoU; and of each class.
rule images:
    input:
        lambda wildcards: plan.page.images_inputs(),
    output:
        plan.page.beside("images.csv"),
        plan.page.beside("classes.csv"),
    log:
        plan.page.beside("images.txt"),
    benchmark:
        plan.page.beside("images.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.page.images_job(),
    shell:
        "python -P -m seedmask.jobs images --job {params.job:q} --log {log:q} > {log:q} 2>&1"


# Data set, variants, scores and contact sheets on one page.
rule report:
    input:
        lambda wildcards: plan.page.inputs(),
    output:
        page=report(
            plan.page.path,
            caption="report/page.rst",
            category="Report",
        ),
        overview=report(
            plan.page.beside("overview.png"),
            caption="report/overview.rst",
            category="Report",
        ),
        scores=report(
            plan.page.beside("scores.csv"),
            caption="report/scores.rst",
            category="Report",
        ),
    log:
        plan.page.beside("log.txt"),
    benchmark:
        plan.page.beside("benchmark.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.page.job(),
    shell:
        "python -P -m seedmask.jobs report --job {params.job:q} --log {log:q} > {log:q} 2>&1"
