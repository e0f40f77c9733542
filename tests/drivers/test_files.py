"""Files that are read, and files that are there complete or not at all."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from tgdrivers.files import MACHINE, LocalMachine, PathSink


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_time_is_that_of_the_clock() -> None:
    assert abs(MACHINE.time() - time.time()) < 5
    assert LocalMachine(lambda: 7.5).time() == 7.5


def test_a_file_is_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    source = MACHINE.source(str(path))
    assert source.open() == 10
    assert [source.read_at(4, 3), source.read_at(0, 2), source.read_at(9, 5)] == [b"456", b"01", b"9"]
    source.close()
    source.close()
    with pytest.raises(ValueError, match="given up"):
        source.read_at(0, 1)
    with pytest.raises(FileNotFoundError):
        MACHINE.source(tmp_path / "b").open()


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    sink = MACHINE.sink(tmp_path / "a")
    sink.open()
    sink.write(b"01")
    sink.write(b"23")
    assert [name.endswith(".part") for name in names(tmp_path)] == [True]
    sink.commit()
    sink.discard()
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"0123"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def test_what_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    for steps in (0, 1, 2):
        sink = MACHINE.sink(tmp_path / "a")
        if steps:
            sink.open()
        if steps > 1:
            sink.write(b"new")
        sink.discard()
        sink.discard()
        assert names(tmp_path) == ["a"]
        with pytest.raises(ValueError, match="given up"):
            sink.open()
        assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_file_that_is_replaced_keeps_its_permissions_and_links(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    sink = MACHINE.sink(tmp_path / "link")
    sink.open()
    sink.write(b"new")
    sink.commit()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o640
    assert names(tmp_path) == ["link", "real"]


def test_only_files_are_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, kind, said in (
        ("folder", IsADirectoryError, "is a folder"),
        ("pipe", OSError, "no ordinary file"),
        ("missing/a", FileNotFoundError, "No such file"),
    ):
        sink = MACHINE.sink(tmp_path / name)
        with pytest.raises(kind, match=said):
            sink.open()
        sink.discard()
    assert names(tmp_path) == ["folder", "pipe"]


def test_a_thread_that_nobody_waits_for_cleans_up(tmp_path: Path) -> None:
    sink = PathSink(tmp_path / "a")
    sink.open()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with sink._working():
            begun.set()
            go_on.wait()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait()
    sink.discard()  # returns although the thread is at work
    assert len(names(tmp_path)) == 1
    go_on.set()
    thread.join()
    assert names(tmp_path) == []


def test_what_is_not_complete_can_be_kept_beside_the_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    sink = PathSink(tmp_path / "a")
    sink.open()
    sink.write(b"half")
    kept = sink.keep()
    sink.discard()
    assert kept.read_text() == "half"
    assert (tmp_path / "a").read_text() == "before"
    assert names(tmp_path) == ["a", kept.name]
    assert kept.name.startswith("a.")
    assert kept.suffix == ".part"
