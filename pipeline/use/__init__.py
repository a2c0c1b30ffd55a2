"""Finished results in use: segmenters on new pictures and as ONNX files, results as arrays in Python."""
