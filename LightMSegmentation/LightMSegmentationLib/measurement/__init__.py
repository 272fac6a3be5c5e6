"""Lesion table, volumetry and agreement metrics."""
