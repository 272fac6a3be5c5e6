"""Measuring how fast the scan, a layer, the network and a whole segmentation are on this machine."""
