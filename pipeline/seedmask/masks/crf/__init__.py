"""Seeds after one dense CRF over background and the classes present."""
