"""Saliency: what stands out in each image. A folder is a method; what methods share lies beside them."""
