# What the jobs of this file wait for is asked for by functions: a job on a cluster parses this, and need not know it.
# Numbers of each picture: confidence, disagreement of the variants, distance to the tags, IoU; and of each class.
rule images:
    input:
        lambda wildcards: plan.images_inputs(),
    output:
        plan.report("images.csv"),
        plan.report("classes.csv"),
    log:
        plan.report("images.txt"),
    benchmark:
        plan.report("images.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.images_job(),
    shell:
        "python -m pipeline.stages images --job {params.job:q} > {log} 2>&1"


# Data set, variants, scores and contact sheets on one page.
rule report:
    input:
        lambda wildcards: plan.report_inputs(),
    output:
        page=report(
            plan.page,
            caption="report/page.rst",
            category="Report",
        ),
        overview=report(
            plan.report("overview.png"),
            caption="report/overview.rst",
            category="Report",
        ),
        scores=report(
            plan.report("scores.csv"),
            caption="report/scores.rst",
            category="Report",
        ),
    log:
        plan.report("log.txt"),
    benchmark:
        plan.report("benchmark.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=lambda wildcards: plan.report_job(),
    shell:
        "python -m pipeline.stages report --job {params.job:q} > {log} 2>&1"
