"""Models trained with nnU-Net v2 and the authors' trainer: read, and run as nnU-Net itself runs them."""
