def report_page():
    """The page that shows everything; asking for it runs the whole configuration."""
    return str(plan.results / "report" / "index.html")


# Data set, variants, scores and contact sheets on one page.
rule report:
    input:
        plan.report_inputs(),
    output:
        page=report(report_page(), caption="report/page.rst", category="Report"),
        overview=report(
            str(plan.results / "report" / "overview.png"),
            caption="report/overview.rst",
            category="Report",
        ),
        scores=report(
            str(plan.results / "report" / "scores.csv"),
            caption="report/scores.rst",
            category="Report",
        ),
    log:
        str(plan.results / "report" / "log.txt"),
    benchmark:
        str(plan.results / "report" / "benchmark.tsv")
    conda:
        "../envs/seedmask.yaml"
    threads: 1
    params:
        job=plan.report_job(),
    shell:
        "python -m pipeline.stages report --job {params.job:q} 2>&1 | tee {log}"
