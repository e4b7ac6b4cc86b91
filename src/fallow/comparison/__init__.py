"""Choices compared without labels."""
