"""DeepLabV3+ (Chen et al., ECCV 2018) as AGMM has it, over any timm encoder."""
