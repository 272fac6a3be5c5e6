"""The network equals the authors' published one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from safetensors.torch import load_file

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
PUBLISHED = json.loads((REFERENCE / "lightmunet_state_dict.json").read_text(encoding="utf-8"))
ARGUMENTS = {
    "3d_init32_in1_out3": {"spatial_dims": 3, "out_channels": 3, "init_filters": 32},
    "2d_init32_in1_out2": {"spatial_dims": 2, "out_channels": 2, "init_filters": 32},
    "3d_init16_in1_out3": {"spatial_dims": 3, "out_channels": 3, "init_filters": 16},
    "3d_init8_in1_out3": {"spatial_dims": 3, "out_channels": 3, "init_filters": 8},
}


@pytest.mark.parametrize("settings", sorted(PUBLISHED))
def test_has_exactly_the_published_number_of_parameters(settings: str) -> None:
    network = LightMUNet(**ARGUMENTS[settings])
    assert sum(parameter.numel() for parameter in network.parameters()) == PUBLISHED[settings]["parameters"]


@pytest.mark.parametrize("settings", sorted(name for name in PUBLISHED if "state_dict" in PUBLISHED[name]))
def test_has_the_published_parameter_names_and_shapes(settings: str) -> None:
    shapes = {name: list(tensor.shape) for name, tensor in LightMUNet(**ARGUMENTS[settings]).state_dict().items()}
    assert shapes == PUBLISHED[settings]["state_dict"]


@pytest.mark.parametrize(("spatial_dims", "classes"), [(3, 3), (2, 2)])
@pytest.mark.parametrize("backend", ["reference", "chunked"])
def test_reproduces_the_authors_output_in_float64(spatial_dims: int, classes: int, backend: str) -> None:
    network, image, expected = _golden(spatial_dims, classes, backend)
    with torch.inference_mode():
        output = network.double()(image.double())
    assert (output - expected).abs().max() < 1e-9


@pytest.mark.parametrize(("spatial_dims", "classes"), [(3, 3), (2, 2)])
@pytest.mark.parametrize("backend", ["reference", "chunked", "numba", "auto"])
def test_reproduces_the_authors_output_in_float32_on_every_backend(
    spatial_dims: int, classes: int, backend: str
) -> None:
    network, image, expected = _golden(spatial_dims, classes, backend)
    with torch.inference_mode():
        output = network(image)
    assert (output - expected).abs().max() < 1e-4


def test_does_not_depend_on_the_memory_layout_of_its_input() -> None:
    network, image, _ = _golden(3, 3, "auto")
    strided = image.transpose(2, 4).contiguous().transpose(2, 4)
    with torch.inference_mode():
        assert torch.allclose(network(image), network(strided), atol=1e-4)


def test_names_the_sizes_that_it_can_not_take() -> None:
    with pytest.raises(ValueError, match=r"multiples of 8, got \(16, 12, 8\)"):
        LightMUNet(init_filters=8)(torch.zeros(1, 1, 16, 12, 8))


def test_names_a_wrong_number_of_axes() -> None:
    with pytest.raises(ValueError, match="3 spatial axes"):
        LightMUNet(init_filters=8)(torch.zeros(1, 1, 16, 16))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"spatial_dims": 4}, "spatial_dims must be 2 or 3"),
        ({"init_filters": 12}, "multiple of groups"),
        ({"blocks_up": (1, 1)}, "one entry less"),
    ],
)
def test_refuses_arguments_that_make_no_network(arguments: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        LightMUNet(**arguments)


def _golden(spatial_dims: int, classes: int, backend: str) -> tuple[LightMUNet, torch.Tensor, torch.Tensor]:
    tensors = load_file(REFERENCE / f"lightmunet_{spatial_dims}d_init8_golden.safetensors")
    image, expected = tensors.pop("golden.input"), tensors.pop("golden.output")
    network = LightMUNet(spatial_dims, 1, classes, 8, scan_backend=backend)
    network.load_state_dict(tensors)
    return network.eval(), image, expected
