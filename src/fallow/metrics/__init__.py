"""Pure functions that judge labels."""
