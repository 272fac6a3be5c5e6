"""One scan in a real Chromium: shown, segmented, corrected, saved, and back after a crash."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("trame_slicer", reason="needs the extra 'review'")

import SimpleITK as sitk
from LightMSegmentationLib.imaging.focus import focus_of
from LightMSegmentationLib.label_file import read_labels
from LightMSegmentationLib.measurement.lesions import measure

from Testing.data.phantom import abdomen_phantom
from Testing.data.tiny_model import write_tiny_model
from Testing.review.browser import AXIAL, CORONAL, SAGITTAL, Reviewer, Server, chromium, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from LightMSegmentationLib.imaging.volume import Volume

pytestmark = pytest.mark.slow

LIVER, TUMOR = 0, 1
"""Their places in the list of segments."""

SCAN = "patient scan.nii.gz"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a scan and the card of a tiny model that finds something like its liver."""
    folder = tmp_path_factory.mktemp("review")
    scan, _ = abdomen_phantom(seed=0, spacing=(4.0, 4.0, 5.0), tumor_diameters=(25.0, 50.0))
    sitk.WriteImage(scan.to_image(), str(folder / SCAN))
    write_tiny_model(folder)
    return folder


def arguments(folder: Path) -> tuple[str, ...]:
    return "--mode", "fast", "--device", "cpu", "--model", str(folder / "tiny.json")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder / "cache", *arguments(folder)) as server:
        yield server


@pytest.fixture(scope="module")
def reviewer(server: Server, folder: Path) -> Iterator[Reviewer]:
    """Return somebody who has opened the scan in the page and pressed the button."""
    with chromium() as driver:
        reviewer = Reviewer(driver, server.address)
        reviewer.waits_for_page()
        reviewer.sends(folder / SCAN)
        reviewer.waits_for_scan()
        reviewer.clicks("#segment")
        reviewer.waits(lambda: reviewer.sees("RunState__is_running"))
        reviewer.waits(lambda: reviewer.sees("CaseState__has_prediction") and not reviewer.sees("RunState__is_running"))
        reviewer.waits(lambda: reviewer.sees("CaseState__lesions"))
        yield reviewer


def saved_labels(reviewer: Reviewer, folder: Path, ending: str = ".labels.nii.gz") -> Volume:
    name, content = reviewer.saves(ending)
    (folder / name).write_bytes(content)
    return read_labels(folder / name)


def paints(reviewer: Reviewer) -> None:
    """Paint tumor from the air into the liver in the axial view, and wait until it counts."""
    reviewer.takes("paint", TUMOR)
    reviewer.strokes((-250, -190), (20, 20), steps=9)
    reviewer.waits(lambda: reviewer.sees("CaseState__is_edited"))


def undoes(reviewer: Reviewer) -> None:
    reviewer.presses("z", ctrl=True)
    reviewer.waits(lambda: not reviewer.sees("CaseState__is_edited"))


def test_the_scan_and_its_segments_are_on_the_screen(reviewer: Reviewer) -> None:
    def shows_liver() -> bool:
        red, green, blue = (reviewer.pixels()[..., channel].astype(int) for channel in range(3))
        outline = (abs(red - 221) < 30) & (abs(green - 130) < 30) & (abs(blue - 101) < 30)
        gray = (abs(red - green) < 4) & (abs(green - blue) < 4) & (red > 60)
        return bool(outline.sum() > 200 and gray.sum() > 10000)

    assert reviewer.waits(shows_liver)
    assert reviewer.driver.title == "LightM review"
    assert reviewer.complaints() == []


def test_the_table_is_that_of_the_segments(reviewer: Reviewer, folder: Path) -> None:
    labels = saved_labels(reviewer, folder)
    lesions = measure(labels).lesions
    rows = [row.text.split() for row in reviewer.driver.find_elements("css selector", "#lesions tbody tr")]
    assert [int(row[0]) for row in rows] == [lesion.number for lesion in lesions]
    assert float(rows[0][1]) == pytest.approx(lesions[0].volume_ml, abs=0.06)
    name, content = reviewer.saves(".lesions.csv")
    table = list(csv.DictReader(io.StringIO(content.decode())))
    assert name == "patient scan.lesions.csv"
    assert sum(row["structure"] == "lesion" for row in table) == len(lesions)


def shows(reviewer: Reviewer, position: Sequence[float]) -> bool:
    """Tell whether the slices of all views meet in a place (RAS, mm)."""
    r, a, s = position
    slices = [reviewer.sees(f"{view}__SliderState__value") for view in (SAGITTAL, CORONAL, AXIAL)]
    return np.allclose(slices, (-r, a, s), atol=3.0)  # sagittal slices are counted towards the left


def test_after_the_run_all_views_show_where_the_largest_tumor_is_widest(reviewer: Reviewer, folder: Path) -> None:
    focus = focus_of(saved_labels(reviewer, folder))
    assert focus is not None
    reviewer.waits(lambda: shows(reviewer, focus))
    assert shows(reviewer, focus)


def test_a_click_on_a_lesion_shows_it_in_all_views(reviewer: Reviewer) -> None:
    lesion = reviewer.sees("CaseState__lesions")[0]
    reviewer.clicks("#lesions tbody tr")
    reviewer.waits(lambda: reviewer.sees("CaseState__selected") == 1)
    reviewer.waits(lambda: shows(reviewer, lesion["position"]))
    assert shows(reviewer, lesion["position"])


def test_a_lesion_is_chosen_from_the_keyboard(reviewer: Reviewer) -> None:
    count = len(reviewer.sees("CaseState__lesions"))
    before = reviewer.sees("CaseState__selected")
    reviewer.presses("n")
    after = before % count + 1
    reviewer.waits(lambda: reviewer.sees("CaseState__selected") == after)
    assert reviewer.sees("CaseState__selected") == after


def test_a_stroke_changes_the_saved_voxels_and_undo_takes_it_back(reviewer: Reviewer, folder: Path) -> None:
    before = saved_labels(reviewer, folder).array
    paints(reviewer)
    painted = saved_labels(reviewer, folder).array
    segmentation = saved_labels(reviewer, folder, ".seg.nrrd").array
    changed = painted != before
    assert changed.any()
    assert set(painted[changed]) == {2}
    assert np.array_equal(segmentation, painted)
    undoes(reviewer)
    assert np.array_equal(saved_labels(reviewer, folder).array, before)
    reviewer.presses("y", ctrl=True)
    reviewer.waits(lambda: reviewer.sees("CaseState__is_edited"))
    assert np.array_equal(saved_labels(reviewer, folder).array, painted)
    undoes(reviewer)


def test_painting_tumor_leaves_the_liver_whole(reviewer: Reviewer, folder: Path) -> None:
    before = saved_labels(reviewer, folder).array > 0
    paints(reviewer)
    after = saved_labels(reviewer, folder).array > 0
    undoes(reviewer)
    assert (after >= before).all()


def test_the_untouched_prediction_can_be_seen_above_edits(reviewer: Reviewer) -> None:
    paints(reviewer)
    without = reviewer.pixels()
    reviewer.presses("p")
    reviewer.waits(lambda: reviewer.sees("CaseState__prediction_shown"))
    white = reviewer.waits(lambda: ((reviewer.pixels() > 245).all(-1) & (without < 245).any(-1)).sum() > 50)
    reviewer.presses("p")
    reviewer.waits(lambda: not reviewer.sees("CaseState__prediction_shown"))
    undoes(reviewer)
    assert white


def test_what_can_not_be_saved_as_dicom_says_why(reviewer: Reviewer) -> None:
    assert reviewer.sees("SavingState__without_dicom") == "The scan is not DICOM."


def test_a_window_is_chosen_by_its_number(reviewer: Reviewer) -> None:
    reviewer.presses("2")
    reviewer.waits(lambda: reviewer.sees("CaseState__window") == "Liver")
    assert (reviewer.sees("CaseState__window_low"), reviewer.sees("CaseState__window_high")) == (-45.0, 105.0)
    reviewer.presses("1")
    reviewer.waits(lambda: reviewer.sees("CaseState__window") == "Abdomen")


def test_segmenting_again_asks_before_it_replaces_edits(reviewer: Reviewer) -> None:
    paints(reviewer)
    reviewer.clicks("#segment")
    reviewer.waits(lambda: reviewer.find("#replace"))
    assert not reviewer.sees("RunState__is_running")
    reviewer.driver.execute_script("window.trame.state.set('RunState__asks_to_replace', false)")
    reviewer.waits(lambda: not reviewer.find("#replace"))
    undoes(reviewer)


def test_a_run_can_be_cancelled_and_leaves_everything_as_it_was(reviewer: Reviewer, folder: Path) -> None:
    before = saved_labels(reviewer, folder).array
    reviewer.clicks("#segment")
    reviewer.clicks("#cancel")
    reviewer.waits(lambda: not reviewer.sees("RunState__is_running"))
    assert "Cancelled" in reviewer.sees("MessageState__text") or reviewer.sees("MessageState__kind") == "success"
    assert np.array_equal(saved_labels(reviewer, folder).array, before)


def test_the_page_comes_back_as_it_was_after_a_reload(reviewer: Reviewer, folder: Path) -> None:
    paints(reviewer)
    before = saved_labels(reviewer, folder).array
    reviewer.driver.refresh()
    reviewer.waits_for_scan()
    assert np.array_equal(saved_labels(reviewer, folder).array, before)
    undoes(reviewer)


def test_the_page_is_light_and_dark(reviewer: Reviewer) -> None:
    def theme() -> str:
        return reviewer.driver.execute_script("return document.querySelector('.v-application').className")

    reviewer.driver.execute_script("window.trame.state.set('LookState__theme', 'light')")
    reviewer.waits(lambda: "v-theme--light" in theme())
    reviewer.clicks("#theme")
    reviewer.waits(lambda: "v-theme--dark" in theme())
    assert "v-theme--dark" in theme()


def test_every_button_has_a_name(reviewer: Reviewer) -> None:
    script = (
        "return [...document.querySelectorAll('.lightm-panel button, .lightm-bar button')]"
        ".filter(b => !b.innerText.trim() && !b.getAttribute('aria-label')).map(b => b.outerHTML.slice(0, 120))"
    )
    assert reviewer.driver.execute_script(script) == []


def test_edits_are_back_after_the_server_was_killed(reviewer: Reviewer, server: Server, folder: Path) -> None:
    reviewer.takes("paint", TUMOR)
    reviewer.strokes((-250, 190), (20, 0))
    reviewer.waits(lambda: reviewer.sees("CaseState__is_edited"))
    edited = saved_labels(reviewer, folder).array
    reviewer.waits(lambda: reviewer.sees("SavingState__kept"))
    reviewer.rests(4.0)
    server.kill()
    with serving(folder / "cache", str(folder / SCAN), *arguments(folder)) as restarted, chromium() as driver:
        later = Reviewer(driver, restarted.address)
        later.waits_for_scan()
        later.waits(lambda: later.sees("SavingState__restored"))
        assert np.array_equal(saved_labels(later, folder).array, edited)
        assert later.sees("CaseState__has_prediction")
        later.clicks("#discard")
        later.waits(lambda: not later.sees("CaseState__is_edited") and later.sees("CaseState__is_open"))
        assert not np.array_equal(saved_labels(later, folder).array, edited)
