"""The LightM-UNet network, its checkpoints and its counts."""
