"""`docs/published.md`: what the published recipes ask for, what the papers report, and every known departure."""
