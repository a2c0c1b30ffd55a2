"""Networks: timm encoders, classifiers, segmenters."""
