"""Training of the two-dimensional networks on slices and photographs, as the papers describe it."""
