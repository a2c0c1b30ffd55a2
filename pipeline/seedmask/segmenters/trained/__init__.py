"""Networks trained on masks, or on labels of some pixels."""
