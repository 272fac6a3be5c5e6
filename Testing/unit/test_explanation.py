"""Every failure that a user can meet has a sentence and the right exit code."""

from __future__ import annotations

import errno
import os

import pytest
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.explanation import explained


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried to"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("Exception thrown in SimpleITK: Failed to allocate memory for image."),
        RuntimeError("std::bad_alloc"),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EFBIG, os.strerror(errno.EFBIG)),
    ],
)
def test_a_lack_of_memory_or_disk_ends_with_5(error: BaseException) -> None:
    known = explained(error)
    assert known is not None
    assert known.exit_code == 5
    assert known.cause.endswith(".")
    assert known.advice.endswith(".")


def test_a_missing_package_ends_with_4_and_is_named() -> None:
    known = explained(ModuleNotFoundError("No module named 'torch'", name="torch"))
    assert known is not None
    assert (known.exit_code, "torch" in known.cause) == (4, True)


def test_a_package_that_cannot_be_loaded_ends_with_4() -> None:
    known = explained(ImportError("libcudart.so.13: cannot open shared object file", name="torch"))
    assert known is not None
    assert (known.exit_code, "libcudart" in known.cause) == (4, True)


def test_a_place_without_rights_ends_with_3_and_is_named() -> None:
    known = explained(PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/nowhere/out.mha"))
    assert known is not None
    assert (known.exit_code, "/nowhere/out.mha" in known.cause) == (3, True)


def test_our_own_errors_stay_what_they_are() -> None:
    error = UsageError("Wrong.", "Do right.")
    assert explained(error) is error


@pytest.mark.parametrize(
    "error", [ValueError("?"), RuntimeError("shape mismatch"), ImportError(name="LightMSegmentationLib.gone")]
)
def test_a_defect_of_ours_is_not_explained_away(error: Exception) -> None:
    assert explained(error) is None
