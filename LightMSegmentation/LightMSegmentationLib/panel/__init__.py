"""Ring 3: what the Slicer widget is made of."""
