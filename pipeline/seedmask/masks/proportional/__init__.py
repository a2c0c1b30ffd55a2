"""PMM's masks: one binary CRF for each class, and a pixel to the class that it has the largest share of."""
