"""A folder goes, whatever foreign code has made in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cardkit.sandbox.removing import remove, temporary_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


def test_folders_inside_each_other_without_end_go(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    at = os.open(folder, os.O_RDONLY)
    for number in range(1100):  # past the longest path, and past what Python calls into itself
        os.mkdir("folder", dir_fd=at)
        after = os.open("folder", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = after
        if number % 500 == 0:
            os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)
    remove(folder)
    assert list(tmp_path.iterdir()) == []


def test_links_go_and_what_they_lead_to_stays(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    (folder / "inner").mkdir(parents=True)
    outside.mkdir()
    (outside / "file").write_text("mine")
    (folder / "inner" / "link").symlink_to(outside)
    (folder / "link").symlink_to(outside / "file")
    remove(folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["outside", "file"]


def test_a_folder_that_nobody_may_open_goes_too(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "closed").chmod(0)
    remove(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_folder_goes_after_an_error_too() -> None:
    made = []

    def fail() -> None:
        with temporary_folder() as folder:
            made.append(folder)
            (folder / "a").mkdir()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [folder.exists() for folder in made] == [False]
