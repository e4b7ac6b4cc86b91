"""Networks run by PyTorch: the only home of torch, which is installed on demand and imported when it is needed."""
