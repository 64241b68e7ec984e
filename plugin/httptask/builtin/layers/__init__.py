"""httptask's own layers, written with the public contract only."""
