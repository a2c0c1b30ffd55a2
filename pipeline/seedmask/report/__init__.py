"""The report: one page that opens without a server, and the tables and drawings that it is made of."""
