"""Labels where a high and a low background score agree."""
