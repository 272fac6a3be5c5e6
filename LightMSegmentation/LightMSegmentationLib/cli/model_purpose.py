"""Whether a model can give what a command is about to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.output_plan import OutputPlan
    from LightMSegmentationLib.inference.model_card import ModelCard


def check_outputs(card: ModelCard, plan: OutputPlan) -> None:
    """Make sure, before anything is computed, that DICOM objects were asked of a model only whose classes have codes.

    Raises
    ------
    UsageError
        When some have none.
    """
    if plan.dicom_files.keys() & {"segmentation", "sr"}:
        from LightMSegmentationLib.dicom_export.segment_codes import require_codes

        require_codes(card.segments)


def require_codes(name: str) -> None:
    """Make sure that DICOM segmentations can be written of an installed model's classes.

    Raises
    ------
    UsageError
        When there is no code for some.
    ModelError
        When there is no such model, or a package that writes DICOM is missing.
    """
    from LightMSegmentationLib.dicom_export import segment_codes
    from LightMSegmentationLib.inference.model_card import read_model_card
    from LightMSegmentationLib.inference.model_store import find_card

    segment_codes.require_codes(read_model_card(find_card(name)).segments)


def require_liver(name: str) -> None:
    """Make sure that an installed model tells the liver and its tumors, for what shows nothing else.

    Raises
    ------
    UsageError
        When it tells other things.
    ModelError
        When there is no such model.
    """
    from LightMSegmentationLib.inference.model_card import read_model_card
    from LightMSegmentationLib.inference.model_store import find_card
    from LightMSegmentationLib.inference.result import of_liver

    card = read_model_card(find_card(name))
    if not of_liver(card.segments):
        told = ", ".join(segment.role.name for segment in card.segments)
        cause = f"The model '{card.name}' tells other things than liver and tumors ({told}); the page shows only these."
        raise UsageError(cause, "Use lightm segment or the panel in Slicer, or name another model with --model.")
