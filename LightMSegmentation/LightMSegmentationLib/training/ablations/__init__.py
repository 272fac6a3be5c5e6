"""What each part of the network is worth: the same training with the part replaced or left out."""
