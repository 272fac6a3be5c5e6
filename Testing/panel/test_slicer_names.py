"""The names that the panel uses exist in a running Slicer."""

from __future__ import annotations

import pytest

from Testing.panel.conftest import REFERENCE
from Testing.panel.harness.names import committed_names, names_of_running_slicer


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="no lists of a running Slicer beside this checkout")
def test_every_committed_name_is_in_a_running_slicer() -> None:
    listed = names_of_running_slicer(REFERENCE)

    unknown = {owner: names - listed.get(owner, set()) for owner, names in committed_names().items()}

    assert {owner: names for owner, names in unknown.items() if names} == {}


def test_the_committed_list_is_not_empty() -> None:
    assert {"qt", "ctk", "QProcess", "slicer.util", "qMRMLNodeComboBox"} <= set(committed_names())
