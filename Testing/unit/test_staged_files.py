"""Output files appear together and complete, or not at all."""

from __future__ import annotations

import os
import pickle
import signal
from pathlib import Path

import pytest
from LightMSegmentationLib.errors import ResourceError, UnusableInputError
from LightMSegmentationLib.staged_files import StagedFiles


def everything_in(folder: Path) -> dict[str, str]:
    """Return the text of every file below a folder, hidden ones included."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_files_appear_at_the_commit_and_nothing_else_stays(tmp_path: Path) -> None:
    with StagedFiles() as files:
        files.stage(tmp_path / "a.txt").write_text("a")
        files.stage(tmp_path / "new" / "deep" / "b.txt").write_text("b")
        assert not (tmp_path / "a.txt").exists()
        files.commit()
    assert everything_in(tmp_path) == {"a.txt": "a", "new/deep/b.txt": "b"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "new"]


def test_a_staged_file_has_the_name_of_its_target(tmp_path: Path) -> None:
    with StagedFiles() as files:
        assert files.stage(tmp_path / "liver.seg.nrrd").name == "liver.seg.nrrd"


def test_without_a_commit_the_older_file_stays_and_no_new_folder_does(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("older")
    with StagedFiles() as files:
        files.stage(tmp_path / "a.txt").write_text("newer")
        files.stage(tmp_path / "new" / "b.txt").write_text("b")
    assert everything_in(tmp_path) == {"a.txt": "older"}
    assert not (tmp_path / "new").exists()


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("older")
    with StagedFiles() as files:
        files.stage(tmp_path / "a.txt").write_text("newer")
        files.commit()
    assert everything_in(tmp_path) == {"a.txt": "newer"}


def test_when_one_file_cannot_be_moved_the_others_go_back(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("older")
    (tmp_path / "c.txt").mkdir()
    with StagedFiles() as files:
        for name in ("a.txt", "b.txt", "c.txt"):
            files.stage(tmp_path / name).write_text("newer")
        with pytest.raises(UnusableInputError, match=r"c\.txt can't be written"):
            files.commit()
    assert everything_in(tmp_path) == {"a.txt": "older"}


def test_files_made_aside_in_one_process_are_committed_by_another(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    made = StagedFiles(tmp_path / "run" / "attempt")
    made.stage(tmp_path / "out" / "deep" / "a.txt").write_text("a")
    made.stage(tmp_path / "out" / "a.txt").write_text("b")
    assert not (tmp_path / "out").exists()
    received = pickle.loads(pickle.dumps(made))
    received.commit()
    received.discard()
    assert everything_in(tmp_path) == {"out/deep/a.txt": "a", "out/a.txt": "b"}
    assert list((tmp_path / "run").iterdir()) == []


def test_nothing_is_made_aside_for_a_run_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        StagedFiles(tmp_path / "run" / "attempt").stage(tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_an_error_about_a_staged_file_names_the_place_asked_for(tmp_path: Path) -> None:
    def write(files: StagedFiles) -> None:
        with files:
            staged = files.stage(tmp_path / "a.txt")
            cause = f"{staged} could not be written."
            raise ResourceError(cause, "Free some space.")

    with pytest.raises(ResourceError) as failure:
        write(StagedFiles())
    assert str(failure.value) == f"{tmp_path / 'a.txt'} could not be written. Free some space."


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_an_interruption_waits_for_the_end_of_the_commit(tmp_path: Path) -> None:
    class Interrupting(type(tmp_path)):  # type: ignore[misc]
        def exists(self, **options: bool) -> bool:
            os.kill(os.getpid(), signal.SIGINT)
            return super().exists(**options)

    with StagedFiles() as files:
        files.stage(tmp_path / "a.txt").write_text("a")
        files.stage(tmp_path / "b.txt").write_text("b")
        files._staged = {Interrupting(target): staged for target, staged in files._staged.items()}
        with pytest.raises(KeyboardInterrupt):
            files.commit()
    assert everything_in(tmp_path) == {"a.txt": "a", "b.txt": "b"}
