"""Where things are: superpixels, the graph of their borders, and the merges that make regions of them."""
