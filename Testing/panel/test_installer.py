"""Installing what is missing: after asking, with what each Slicer offers, and without moving its packages."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
from LightMSegmentationLib.errors import ModelError

from Testing.panel.harness.running_slicer import RunningSlicer


def missing(*names: str) -> list[Any]:
    from LightMSegmentationLib.panel.environment import PackageStatus

    return [PackageStatus(name, ">=1.0", None, False) for name in names]


def install(*names: str) -> bool:
    from LightMSegmentationLib.panel.installer import installPackages

    return installPackages(missing(*names))


def test_slicer_5_10_installs_with_pip_of_util(running_slicer: RunningSlicer) -> None:
    assert install("numba", "safetensors")

    (requirements,) = running_slicer.application.installed
    assert requirements[:3] == ["numba>=1.0", "safetensors>=1.0", "--constraint"]
    assert len(running_slicer.application.questions) == 1


def test_slicer_5_12_installs_with_its_packaging_and_keeps_its_numpy(running_slicer: RunningSlicer) -> None:
    running_slicer.offer_packaging()

    assert install("numba")

    (installed,) = running_slicer.application.installed
    assert installed[:2] == ["LightMUNet", "numba>=1.0"]
    assert any(kept.startswith("numpy==") for kept in installed)


def test_nothing_is_installed_when_the_user_refuses(running_slicer: RunningSlicer) -> None:
    running_slicer.application.is_testing = False
    running_slicer.application.answer = False

    with pytest.raises(ModelError, match="not installed"):
        install("numba")

    assert running_slicer.application.installed == []


@pytest.mark.usefixtures("running_slicer")
def test_without_the_pytorch_extension_the_advice_names_it() -> None:
    with pytest.raises(ModelError, match="Extensions Manager"):
        install("torch")


@pytest.mark.usefixtures("running_slicer")
@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("askConfirmation, torchVersionRequirement", {"askConfirmation": True, "torchVersionRequirement": ">=1.0"}),
        ("askConfirmation", {"askConfirmation": True}),
    ],
)
def test_torch_goes_through_the_extension_with_the_arguments_it_has(
    monkeypatch: pytest.MonkeyPatch, signature: str, expected: dict[str, Any]
) -> None:
    given: list[dict[str, Any]] = []
    extension = types.ModuleType("PyTorchUtils")
    method = f"def installTorch(self, {signature}):\n        given.append(dict(locals())); return 1"
    source = f"class PyTorchUtilsLogic:\n    {method}"
    exec(source, {"given": given}, extension.__dict__)
    extension.PyTorchUtilsLogic = extension.__dict__["PyTorchUtilsLogic"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension)

    assert install("torch")

    assert {name: value for name, value in given[0].items() if name != "self"} == expected


@pytest.mark.usefixtures("running_slicer")
def test_nothing_missing_means_nothing_to_do() -> None:
    assert install() is False
