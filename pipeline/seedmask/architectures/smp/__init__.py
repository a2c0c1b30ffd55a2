"""Segmenters: any segmentation-models-pytorch architecture over any timm encoder."""
