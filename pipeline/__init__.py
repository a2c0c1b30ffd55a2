"""Seedmask: from images with cheap labels to pixel masks and a trained segmenter."""
