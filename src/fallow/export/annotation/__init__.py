"""Hand-over to annotation tools: chips of an image with what was found in them, and back to one map."""
