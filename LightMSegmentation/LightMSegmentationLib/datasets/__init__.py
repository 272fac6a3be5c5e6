"""The public datasets of the papers, read in the layout in which they are handed out."""
