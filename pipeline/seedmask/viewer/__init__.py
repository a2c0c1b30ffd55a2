"""`seedmask view`: a page that reads the Zarr stores directly, and a small server for it."""
