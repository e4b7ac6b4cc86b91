"""A result in the files that other tools open."""
