"""What the page shows, shared with the browser by trame: numbers as text, everything else as plain types."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class LesionRow:
    """A row of the lesion table; ``position`` is in RAS mm."""

    number: int = 0
    volume: str = ""
    diameter: str = ""
    confidence: str = ""
    doubtful: bool = False
    position: list[float] = field(default_factory=list)


@dataclass
class CaseState:
    """The case on the screen, and what is known of it."""

    name: str = ""
    is_open: bool = False
    is_loading: bool = False
    notes: list[str] = field(default_factory=list)
    liver: str = ""
    tumor: str = ""
    burden: str = ""
    lesions: list[LesionRow] = field(default_factory=list)
    selected: int = 0
    is_edited: bool = False
    has_prediction: bool = False
    prediction_shown: bool = False
    surfaces_shown: bool = True
    window: str = ""
    window_low: float = -125.0
    window_high: float = 225.0


@dataclass
class RunState:
    """A segmentation that runs."""

    is_running: bool = False
    is_cancelling: bool = False
    percent: float = 0.0
    text: str = ""
    asks_to_replace: bool = False


@dataclass
class MessageState:
    """The one sentence that is shown to the reviewer; ``kind`` is info, success, warning or error."""

    text: str = ""
    kind: str = "info"
    shown: bool = False


@dataclass
class SavingState:
    """What can be saved, and when edits were kept last."""

    kept: str = ""
    restored: str = ""
    without_dicom: str = ""
    is_busy: bool = False


@dataclass
class QueueRow:
    """A case of the queue: its name, what was decided, how unsure the model is, and whether another browser has it."""

    name: str = ""
    title: str = ""
    decision: str = ""
    uncertainty: str = ""
    is_taken: bool = False


@dataclass
class QueueState:
    """Where the reviewer stands in a batch."""

    is_shown: bool = False
    is_list_shown: bool = False
    current: str = ""
    note: str = ""
    decided: int = 0
    total: int = 0
    rows: list[QueueRow] = field(default_factory=list)


@dataclass
class LookState:
    """Colors of the page, and the help."""

    theme: str = "dark"
    is_help_shown: bool = False
