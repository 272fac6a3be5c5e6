"""LightM-UNet segmentation of liver and liver tumors on CT.

Importing this package imports nothing heavy: torch is loaded only by the subpackages that compute.
"""

__version__ = "0.1.0"
