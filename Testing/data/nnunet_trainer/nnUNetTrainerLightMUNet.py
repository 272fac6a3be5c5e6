"""A trainer for nnU-Net with the name and the network of LightM-UNet's authors, small and quick enough for a test."""

from __future__ import annotations

import torch
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from nnunetv2.training.nnUNetTrainer.variants.network_architecture.nnUNetTrainerNoDeepSupervision import (
    nnUNetTrainerNoDeepSupervision,
)


class nnUNetTrainerLightMUNet(nnUNetTrainerNoDeepSupervision):  # noqa: N801 - the name that checkpoints hold
    """Trains the network for a moment."""

    def __init__(
        self, plans: dict, configuration: str, fold: int, dataset_json: dict, device: torch.device
    ) -> None:
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.num_epochs = 1
        self.num_iterations_per_epoch = 30
        self.num_val_iterations_per_epoch = 1

    @staticmethod
    def build_network_architecture(
        plans_manager,  # noqa: ARG004 - nnU-Net passes all of them
        configuration_manager,
        num_input_channels,
        num_output_channels,
        enable_deep_supervision=False,  # noqa: ARG004
    ):
        dims = len(configuration_manager.patch_size)
        return LightMUNet(dims, num_input_channels, num_output_channels, 8, (1, 1, 1), (1, 1))

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-2)
        return optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)

    def set_deep_supervision_enabled(self, enabled: bool) -> None:
        pass
