"""What a result is handed over as: files that the tools people already use open at once."""
