"""`system-deps`: programs that tests talk to and pip can't install."""

from __future__ import annotations

import os
import shutil
import subprocess

from tools.console import say

# The Debian package, and the command that tests start.
PROGRAMS = {
    "orthanc": "Orthanc",  # a DICOM archive: receives and sends for `lightm listen`
    "dicom3tools": "dciodvfy",  # a DICOM validator
    "chromium": "chromium",  # the browser that batch reports are opened in
    "chromium-driver": "chromedriver",
}

_BESIDE_THE_PATH = ("/usr/sbin", "/usr/local/sbin")


def install() -> int:
    """Install what is missing where apt and the rights are there, else say what to do; 0 in any case."""
    missing = [package for package, command in PROGRAMS.items() if not _is_here(command)]
    if missing and shutil.which("apt-get") is None:
        say(f"There is no apt-get here. Tests that need {_commands(missing)} are skipped, unless you install them.")
    elif missing and os.geteuid() != 0:
        say(f"Only root may install packages. Run: sudo apt-get install --no-install-recommends {' '.join(missing)}")
    elif missing:
        _install(missing)
    for package, command in PROGRAMS.items():
        say(f"{command:14} {'is here' if _is_here(command) else f'is missing (package {package})'}")
    return 0


def tell_required() -> int:
    """Write what `LIGHTM_REQUIRE` may be on this machine: ``all``, or the programs that are here."""
    here = [command for command in PROGRAMS.values() if _is_here(command)]
    say("all" if len(here) == len(PROGRAMS) else ",".join(here))
    return 0


def _install(packages: list[str]) -> None:
    """Install the packages one by one, so that one that can't be had keeps no other away."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    for package in packages:
        say(f"Installing {package} with apt-get.")
        options = ["-qq", "--yes", "--no-install-recommends"]
        if subprocess.run(["apt-get", "install", *options, package], env=quiet, check=False).returncode:
            say(f"apt-get could not install {package}; its own words are above.")


def _commands(packages: list[str]) -> str:
    return ", ".join(PROGRAMS[package] for package in packages)


def _is_here(command: str) -> bool:
    return bool(shutil.which(command) or shutil.which(command, path=os.pathsep.join(_BESIDE_THE_PATH)))
