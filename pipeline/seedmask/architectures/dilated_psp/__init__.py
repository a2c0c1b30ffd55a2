"""Dilated PSPNet (Zhao et al., CVPR 2017) with its auxiliary head, over any timm encoder."""
