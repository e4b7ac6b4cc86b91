"""The only home of torch: networks that learn from pictures without labels, and such as have learned elsewhere."""
