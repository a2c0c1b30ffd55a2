"""DeepLabV2 (Chen et al., DeepLab, TPAMI 2018) with the multi-scale maximum, over any timm encoder."""
