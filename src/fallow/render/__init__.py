"""Pictures of results: colours of classes, overlays, legends. Arrays in, arrays out."""
