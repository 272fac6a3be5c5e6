"""Sentences that may be handed on name no file, no folder, no series and no patient."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from LightMSegmentationLib.batch.case import Case
from LightMSegmentationLib.batch.privacy import without_names
from LightMSegmentationLib.batch.series_facts import SeriesFacts

SOURCE = Path("/data/Klinik Nord")
FOLDER = SOURCE / "Meier_Anna" / "CT 2021"
CASE = Case(
    "Meier_Anna/CT 2021",
    FOLDER,
    "1.2.826.0.1.5",
    (FOLDER / "Meier0001.dcm", FOLDER / "Meier0002.dcm"),
    facts=SeriesFacts("MEIER portal", patient="MRN-4711"),
)


@pytest.mark.parametrize(
    ("sentence", "public"),
    [
        ("CT 2021 is incomplete: 3 slices are missing.", "[file] is incomplete: 3 slices are missing."),
        ("Left out 1 damaged DICOM file, such as Meier0002.dcm.", "Left out 1 damaged DICOM file, such as [file]."),
        ("Its series 1.2.826.0.1.5 (MEIER portal, CT, 20 slices) has a hole.", "Its series [series] has a hole."),
        (
            "/data/Klinik Nord/Meier_Anna/x.seg.nrrd can't be written (read-only).",
            "[path] can't be written (read-only).",
        ),
        ("The patient MRN-4711 is unknown.", "The patient [folder] is unknown."),
        ("Export or copy the whole series again.", "Export or copy the whole series again."),
        ("The slices are 1.5 mm apart, 40.5 HU at S 88.0 mm.", "The slices are 1.5 mm apart, 40.5 HU at S 88.0 mm."),
    ],
)
def test_names_become_what_they_name(sentence: str, public: str) -> None:
    assert without_names(sentence, CASE, SOURCE) == public


@pytest.mark.parametrize("name", ["series", "Scan", "ct"])
def test_names_that_are_ordinary_words_leave_sentences_readable(name: str) -> None:
    case = replace(CASE, name=name, path=SOURCE / name, files=(SOURCE / name,))
    assert without_names("Copy the series of the scan again.", case, SOURCE) == "Copy the series of the scan again."


@pytest.mark.parametrize("secret", ["Meier", "Anna", "4711", "Klinik", "1.2.826"])
def test_no_secret_survives_wherever_it_stands(secret: str) -> None:
    sentence = (
        "Meier0001.dcm: in /data/Klinik Nord/Meier_Anna/CT 2021/Meier0001.dcm of MRN-4711, Meier_Anna, series"
        " 1.2.826.0.1.5 (MEIER portal)"
    )
    assert secret not in without_names(sentence, CASE, SOURCE)
