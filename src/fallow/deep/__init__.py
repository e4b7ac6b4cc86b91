"""The only home of torch: networks that learn from pictures nobody has labelled, and what they are made into."""
