"""`seedmask view`: a page that reads the stores directly, and the small server that it needs."""
