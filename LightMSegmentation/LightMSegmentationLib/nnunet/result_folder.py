"""Reading what nnU-Net v2 leaves of a training: plans.json, dataset.json, fold_N/checkpoint_final.pth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.network.architecture import LIGHTM_UNET, architecture_of
from LightMSegmentationLib.network.checkpoint_file import read_checkpoint, state_dict_in
from LightMSegmentationLib.nnunet.plan import PLANS_FILE, NnUNetPlan, Normalization, Resampling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

DATASET = "dataset.json"
CHECKPOINTS = ("checkpoint_final.pth", "checkpoint_best.pth")
"""The finished training before its best moment."""
SCHEMES = ("CTNormalization", "ZScoreNormalization", "NoNormalization", "RescaleTo01Normalization",
           "RGBTo01Normalization")  # fmt: skip
RESAMPLING = "resample_data_or_seg_to_shape"
CONFIGURATIONS = ("2d", "3d_fullres")


@dataclass(frozen=True)
class ResultFolder:
    """A training's plan, still without files for its folds, and every fold's weights by the fold's name."""

    plan: NnUNetPlan
    folds: dict[str, dict[str, torch.Tensor]]
    dataset: str
    trainer: str


def read_result_folder(folder: Path) -> ResultFolder:
    """Read plans, labels and weights of all folds that were trained.

    Raises
    ------
    ModelError
        When a file is missing or damaged, the network is not LightM-UNet, or the plan has what is not supported:
        regions, cascades, resampling functions of others.
    """
    plans, dataset = (_read_json(folder / name) for name in (PLANS_FILE, DATASET))
    checkpoints = {path.parent.name: read_checkpoint(path) for path in _checkpoint_files(folder)}
    first = next(iter(checkpoints.values()))
    weights = {fold: state_dict_in(one, folder, ("network_weights",)) for fold, one in checkpoints.items()}
    try:
        network = _network(weights, folder)
        plan = _plan(plans, dataset, _configuration(first, folder), network, first, folder)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unusable(folder, f"its plans are incomplete or of another version ({error!r})") from error
    return ResultFolder(plan, weights, str(plans.get("dataset_name", folder.name)), str(first.get("trainer_name", "")))


def _unusable(folder: Path, reason: str) -> ModelError:
    cause = f"The nnU-Net result folder '{folder.name}' can't be used: {reason}."
    return ModelError(
        cause, "Choose the folder TRAINER__PLANS__CONFIGURATION of an nnU-Net v2 training of LightM-UNet."
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _unusable(path.parent, f"{path.name} is missing") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _unusable(path.parent, f"{path.name} is no valid JSON") from error
    if not isinstance(content, dict):
        raise _unusable(path.parent, f"{path.name} is not what nnU-Net writes")
    return content


def _checkpoint_files(folder: Path) -> list[Path]:
    """Return one checkpoint a fold in the order of the folds' names; one trained on all data only if it is alone."""
    folds = sorted(folder.glob("fold_[0-9]*")) or sorted(folder.glob("fold_all"))
    candidates = ([fold / name for name in CHECKPOINTS] for fold in folds)
    chosen = [next((path for path in paths if path.is_file()), None) for paths in candidates]
    found = [path for path in chosen if path is not None]
    if not found:
        raise _unusable(folder, f"no fold_N in it holds {' or '.join(CHECKPOINTS)}")
    return found


def _configuration(checkpoint: Mapping[str, Any], folder: Path) -> str:
    name = str(checkpoint["init_args"]["configuration"])
    if name not in CONFIGURATIONS:
        raise _unusable(folder, f"its configuration is '{name}', supported are {' and '.join(CONFIGURATIONS)}")
    return name


def _network(folds: Mapping[str, Mapping[str, torch.Tensor]], folder: Path) -> dict[str, Any]:
    found = [architecture_of(weights, f"{folder.name}/{fold}") for fold, weights in folds.items()]
    if any(one != found[0] for one in found):
        raise _unusable(folder, "its folds have networks of different sizes")
    architecture, arguments = found[0]
    if architecture != LIGHTM_UNET:
        raise _unusable(folder, "its network is not LightM-UNet")
    return arguments


def _plan(
    plans: Mapping[str, Any],
    dataset: Mapping[str, Any],
    configuration: str,
    network: dict[str, Any],
    checkpoint: Mapping[str, Any],
    folder: Path,
) -> NnUNetPlan:
    settings = _inherited(plans["configurations"], configuration)
    return NnUNetPlan(
        configuration,
        network,
        (),
        tuple(plans["transpose_forward"]),
        tuple(plans["transpose_backward"]),
        tuple(float(step) for step in settings["spacing"]),
        tuple(settings["patch_size"]),
        _normalization(plans, settings, folder),
        _resampling(settings, "data", folder),
        _resampling(settings, "probabilities", folder),
        _labels(dataset, network["out_channels"], folder),
        tuple(checkpoint.get("inference_allowed_mirroring_axes") or ()),
    )


def _inherited(configurations: Mapping[str, Any], name: str) -> dict[str, Any]:
    own = dict(configurations[name])
    parent = own.pop("inherits_from", None)
    return {**_inherited(configurations, parent), **own} if parent else own


def _normalization(plans: Mapping[str, Any], settings: Mapping[str, Any], folder: Path) -> tuple[Normalization, ...]:
    schemes = settings["normalization_schemes"]
    if unknown := set(schemes) - set(SCHEMES):
        raise _unusable(folder, f"it normalizes intensities by '{unknown.pop()}'")
    numbers = plans["foreground_intensity_properties_per_channel"]
    return tuple(
        Normalization(scheme, bool(inside), *(float(numbers[str(channel)][key]) for key in _NUMBERS))
        for channel, (scheme, inside) in enumerate(zip(schemes, settings["use_mask_for_norm"], strict=True))
    )


_NUMBERS = ("mean", "std", "percentile_00_5", "percentile_99_5")


def _resampling(settings: Mapping[str, Any], what: str, folder: Path) -> Resampling:
    if (function := settings[f"resampling_fn_{what}"]) != RESAMPLING:
        raise _unusable(folder, f"it resamples by '{function}'")
    arguments = settings[f"resampling_fn_{what}_kwargs"]
    if arguments["order_z"] != 0:
        raise _unusable(folder, "it interpolates between thick slices")
    return Resampling(arguments["order"], arguments.get("force_separate_z"))


def _labels(dataset: Mapping[str, Any], classes: int, folder: Path) -> dict[str, int]:
    labels = dict(dataset["labels"])
    labels.pop("ignore", None)
    if any(isinstance(value, list) for value in labels.values()):
        raise _unusable(folder, "it was trained on regions, not on labels")
    values = {name: int(value) for name, value in labels.items()}
    if sorted(values.values()) != list(range(classes)):
        raise _unusable(folder, f"dataset.json names {len(values)} labels, the network has {classes} classes")
    return values
