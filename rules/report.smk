# Inputs are functions: a job on a cluster parses this and does not need them. Jobs that know all variants are too long
# for a command line.


# Numbers of each image: confidence, disagreement of the variants, distance to the tags, IoU; and of each class.
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
    script:
        "job.py"


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
    script:
        "job.py"
