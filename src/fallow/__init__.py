"""Fallow: label-free image segmentation."""
