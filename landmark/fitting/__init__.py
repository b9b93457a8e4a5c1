"""Fit what needs no PyTorch: calibrate a bundle, quantize its network."""
