"""The demo data sets: stamps (photographs) and shapes (procedural)."""
