"""Modules that are loaded, by prefix: forgotten, and brought back."""

from __future__ import annotations

import sys
from types import ModuleType


def loaded_modules(prefix: str) -> dict[str, ModuleType]:
    """Return the loaded modules whose name starts with ``prefix``."""
    return {name: module for name, module in sys.modules.items() if name.startswith(prefix)}


def forget_modules(prefix: str) -> None:
    """Let the modules be imported anew; their packages lose them, too."""
    for name in sorted(loaded_modules(prefix), reverse=True):  # the parts before their packages
        del sys.modules[name]
        package, _, child = name.rpartition(".")
        if package in sys.modules and hasattr(sys.modules[package], child):
            delattr(sys.modules[package], child)


def bring_back(modules: dict[str, ModuleType]) -> None:
    """Make the given modules the loaded ones again."""
    sys.modules.update(modules)
    for name, module in modules.items():
        package, _, child = name.rpartition(".")
        if package in sys.modules:
            setattr(sys.modules[package], child, module)
