"""A power cut before each step of storing a file, on a disk that really forgets."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mycenas.storage import Store
from mycenas.storage.files import Files
from tests.siege.site import Disk, why_no_crash_fs

DATA = os.urandom(1) + bytes(range(256)) * 40
DIGEST = hashlib.sha256(DATA).hexdigest()
NAME = f"{DIGEST[:2]}/{DIGEST}-key"
STEPS = frozenset(
    ("create", "write", "chmod", "sync", "close", "make_folder", "link", "remove")
)


class PowerCut(Exception):
    """Nothing more is done."""


class Doomed(Files):
    """Works until one step, before which the power goes."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.steps = 0
        self.last = last

    def __getattribute__(self, name: str) -> Any:
        if name in STEPS:
            self.steps += 1
            if self.steps == self.last:
                raise PowerCut
        return super().__getattribute__(name)


class Forgetting(Files):
    """Syncs nothing."""

    def sync(self, descriptor: int) -> None:
        pass


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if why_no_crash_fs():
        pytest.skip(why_no_crash_fs())
    disk = Disk(tmp_path / "disk", crash_fs=True)
    disk.mount()
    yield disk
    disk.unmount()


def lasting_folder(disk: Disk, name: str) -> Path:
    """A folder that a power cut leaves in place."""
    folder = disk.folder / name
    folder.mkdir()
    descriptor = os.open(disk.folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return folder


def keep(store: Store) -> str:
    """Store the file as an upload does; when this returns, it is acknowledged."""
    writer = store.stage()
    try:
        writer.write(DATA)
        return store.keep(writer.seal(), suffix="key")
    finally:
        writer.discard()


def names_in(store: Store) -> list[str]:
    return [stored.key for stored in store.originals()]


def assert_whole(root: Path) -> None:
    """Every name of an original stands for all its bytes."""
    store = Store(root)
    for name in names_in(store):
        assert store.verify(name, sha256=DIGEST, size=len(DATA)), name


def test_a_power_cut_at_any_step_loses_nothing_acknowledged(disk: Disk) -> None:
    for step in itertools.count(1):
        root = lasting_folder(disk, str(step))
        files = Doomed(step)
        try:
            acknowledged = keep(Store(root, files)) == NAME
        except PowerCut:
            acknowledged = False
        disk.order("forget")
        assert_whole(root)
        if acknowledged:
            assert names_in(Store(root)) == [NAME]
            break
        # Sending it again brings it in, on what the cut has left.
        assert keep(Store(root)) == NAME
        disk.order("forget")
        assert names_in(Store(root)) == [NAME]
        assert_whole(root)
    assert step > 15


def test_without_fsync_the_disk_forgets(disk: Disk) -> None:
    root = lasting_folder(disk, "careless")
    assert keep(Store(root, Forgetting())) == NAME
    disk.order("forget")
    assert names_in(Store(root)) == []


def test_names_without_bytes_lead_to_empty_files(disk: Disk) -> None:
    folder = lasting_folder(disk, "names")
    (folder / "file").write_bytes(DATA)
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    disk.order("forget")
    assert (folder / "file").read_bytes() == b""


def test_a_full_disk_takes_nothing_until_there_is_room(disk: Disk) -> None:
    folder = lasting_folder(disk, "full")
    disk.order("full")
    assert os.statvfs(folder).f_bavail == 0
    with pytest.raises(OSError, match="No space left"):
        (folder / "file").write_bytes(DATA)
    disk.order("roomy")
    (folder / "file").write_bytes(DATA)
    assert (folder / "file").read_bytes() == DATA
