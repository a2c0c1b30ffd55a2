"""The demo data sets: `stamps` (photographs, from Debian packages) and `shapes` (procedural, no download)."""
