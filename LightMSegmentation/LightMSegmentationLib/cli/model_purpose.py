"""Whether a model tells what a command is about to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.output_plan import OutputPlan
    from LightMSegmentationLib.inference.model_card import ModelCard


def tells_liver(card: ModelCard) -> bool:
    """Tell whether a model's classes are liver and liver tumor."""
    from LightMSegmentationLib.inference.class_roles import liver_roles

    return card.foreign is None or liver_roles(card.foreign.labels) is not None


def check_outputs(card: ModelCard, plan: OutputPlan) -> None:
    """Make sure that of a model of other things only what it can give was asked for.

    Raises
    ------
    UsageError
        When anything but a label map and a report was.
    """
    unfit = plan.files.keys() & {"table", "preview", "sr", "rtstruct"}
    if tells_liver(card) or not (unfit or plan.as_slicer_segmentation or plan.dicom_files):
        return
    classes = ", ".join(name for name in card.classes if name != "background")
    cause = f"The model '{card.name}' tells other things than liver and tumors ({classes})."
    raise UsageError(cause, "Ask for a label map only, such as -o labels.nii.gz.")


def require_liver_model(name: str | None) -> None:
    """Make sure that a model, the default one for None, is one of liver and liver tumor.

    Raises
    ------
    UsageError
        When it is not.
    ModelError
        When there is no such model.
    """
    from LightMSegmentationLib.inference.model_card import read_model_card
    from LightMSegmentationLib.inference.model_store import find_card
    from LightMSegmentationLib.model_manager.default_model import default_model

    card = read_model_card(find_card(name or default_model()))
    if not tells_liver(card):
        cause = f"The model '{card.name}' tells other things than liver and tumors, which a batch is for."
        raise UsageError(cause, "Segment scans one by one with lightm segment, or name another model.")
