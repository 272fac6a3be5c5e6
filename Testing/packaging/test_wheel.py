"""The wheel carries everything: installed in an empty environment, it segments a CT without the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import SimpleITK as sitk

from Testing.data.phantom import abdomen_phantom
from tools.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "LightMSegmentation" / "Resources"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return a new environment that holds the wheel; torch and other dependencies are lent by this one."""
    environment = Environment(tmp_path_factory.mktemp("environment") / "venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment.folder], check=True)
    install = [sys.executable, "-m", "pip", "--python", environment.python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    own_packages = Path(
        subprocess.run(
            [environment.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()
    )  # fmt: skip
    (own_packages / "lent.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return environment


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, object]:
    """Return how to start a program far from the checkout."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LIGHTM"))}
    variables["LIGHTM_MODELS"] = str(tmp_path / "no models of the user")
    return {"cwd": tmp_path, "env": variables, "capture_output": True, "text": True}


def test_the_wheel_carries_every_resource(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if name.startswith("LightMSegmentationLib/Resources/")}

    in_checkout = {path.relative_to(RESOURCES.parent).as_posix() for path in RESOURCES.rglob("*") if path.is_file()}
    assert carried == {f"LightMSegmentationLib/{name}" for name in in_checkout}


def test_the_installed_package_is_the_wheels(installed: Environment, elsewhere: dict[str, object]) -> None:
    program = "from LightMSegmentationLib import resources as r; print(r.__file__); print(r.resource_path())"

    run = subprocess.run([installed.python, "-c", program], check=False, **elsewhere)

    assert run.returncode == 0, run.stderr
    assert all(Path(line).is_relative_to(installed.folder) for line in run.stdout.splitlines())


def test_the_installed_command_segments_a_ct(
    installed: Environment, elsewhere: dict[str, object], tmp_path: Path
) -> None:
    ct, _ = abdomen_phantom(seed=0)
    sitk.WriteImage(ct.to_image(), tmp_path / "ct.nii.gz")
    command = [installed.command("lightm"), "segment", "ct.nii.gz", "-o", "liver.nii.gz", "--mode", "fast"]

    run = subprocess.run([*command, "--report", "report.json"], check=False, **elsewhere)

    assert run.returncode == 0, run.stderr
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["model"]
    labels = sitk.GetArrayFromImage(sitk.ReadImage(tmp_path / "liver.nii.gz"))
    assert labels.shape == ct.array.shape
    assert (labels > 0).any()
