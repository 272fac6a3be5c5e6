"""The results of a batch: patients over time, a failure, a case without liver, and names that must not leak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger, Subject
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.batch.runner import run_batch
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor
from LightMSegmentationLib.report.write import missing_packages

from Testing.data.dicom_files import write_series
from Testing.data.scripted_engine import ScriptedEngine
from Testing.unit.batch.small_scans import small_scan, write_scan

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

SCANS = (("MRN-4711", "20230110", 1), ("MRN-4711", "20230412", 3), ("MRN-4711", "20231102", 2), ("MRN-0815", "", 0))
SECRETS = ("MRN-", "2023", "Meier", "1.2.826", "Ausgang")
"""What may not be on a page without identifiers; the year is not that in which this runs."""

HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True)
class Results:
    """The output folder of a batch."""

    target: Path

    @property
    def page(self) -> str:
        return (self.target / "lightm-report.html").read_text(encoding="utf-8")

    @property
    def table(self) -> str:
        return (self.target / "lightm-report.csv").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return the results: cases 1 to 4 are DICOM, 5 is broken, 6 has no liver and a hostile message."""
    if missing := missing_packages():
        pytest.skip(f"needs {', '.join(missing)} (extra 'report')")
    folder = tmp_path_factory.mktemp("report")
    for number, (patient, date, seed) in enumerate(SCANS):

        def of_patient(dataset: Dataset, _: int, patient: str = patient, date: str = date) -> None:
            dataset.PatientID, dataset.StudyDate, dataset.PatientName = patient, date, "Meier^Anna"

        uid = f"1.2.826.0.1.1111111{number}"
        write_series(folder / "in" / f"Meier {number}", small_scan(seed), of_patient, uid=uid)
    write_scan(folder / "in" / "Meier zz.nii.gz").write_bytes(b"no scan")
    order = BatchOrder(folder / "in", folder / "Ausgang", SegmentationSettings(model="script:tiles=2"), "model 1")
    list(run_batch(order, ScriptedEngine().segment, SilentMonitor()))
    with Ledger(order.target / LEDGER_NAME) as ledger:
        entry = ledger.entries()["Meier zz"]
        none = CaseOutcome(
            "Meier zzz", CaseState.NO_LIVER, 3.0, message="Meier: none", public_message=f"None. {HOSTILE}", number=6
        )
        ledger.record(none, entry.key, Subject())
    return Results(order.target)
