"""Errors that reach a person: each says the cause and what to do, and knows its exit code."""

from __future__ import annotations

from typing import ClassVar


class LightMError(Exception):
    """A failure with one clear sentence for the user.

    Parameters
    ----------
    cause
        What is wrong, naming the file or setting it is about, as a full sentence.
    advice
        What the user can do about it, as a full sentence.
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 6

    def __init__(self, cause: str, advice: str = "") -> None:
        super().__init__(f"{cause} {advice}".strip())
        self.cause = cause
        self.advice = advice


class UsageError(LightMError):
    """The command or request itself is wrong."""

    code = "usage"
    exit_code = 2


class UnusableInputError(LightMError):
    """The input can't be segmented, or the output can't be written where it was asked for."""

    code = "unusable-input"
    exit_code = 3


class ModelError(LightMError):
    """The environment or the model is missing, damaged or unfit."""

    code = "environment-or-model"
    exit_code = 4


class ResourceError(LightMError):
    """Memory or disk space does not suffice."""

    code = "out-of-resources"
    exit_code = 5


class InternalError(LightMError):
    """A defect of ours, not of the user's input."""


class CancelledError(LightMError):
    """The user stopped the work; nothing was written."""

    code = "cancelled"
    exit_code = 130

    def __init__(self) -> None:
        super().__init__("The run was cancelled.", "Nothing was written.")
