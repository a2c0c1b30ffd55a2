"""The report: one page that opens without a server and can be mailed."""
