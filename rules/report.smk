def report_page():
    """The page that shows everything; asking for it runs the whole configuration."""
    return str(plan.results / "report" / "index.html")
