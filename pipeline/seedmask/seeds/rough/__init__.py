"""Other seeds after a dense CRF, as probabilities."""
