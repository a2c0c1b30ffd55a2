"""The report: one page that opens without a server, its tables and its drawings."""
