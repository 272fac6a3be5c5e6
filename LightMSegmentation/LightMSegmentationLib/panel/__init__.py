"""Ring 3: the parts that the module's panel is made of. Imported inside Slicer (or its test stand-in) only."""
