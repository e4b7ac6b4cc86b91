"""Figures of results, drawn by matplotlib (extra "report"): plain values and an Axes in, nothing else."""
