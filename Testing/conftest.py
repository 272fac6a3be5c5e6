"""What holds for every test of the project."""

from __future__ import annotations

from hypothesis import settings

# A slow or busy machine must not fail a property; and the same examples every time, so that a failure can be repeated.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")
