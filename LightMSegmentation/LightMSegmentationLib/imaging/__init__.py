"""Volumes: reading, orientation, resampling, checks and writing."""
