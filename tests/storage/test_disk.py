"""Durable steps in the right order, and what is left when one of them fails."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import stat
from contextlib import contextmanager

import pytest

from mycenas.imaging.formats import HEAD_BYTES
from mycenas.storage import (
    BadName,
    StagedFile,
    StagingWriter,
    StorageFailed,
    Store,
)
from mycenas.storage import store as site_store
from mycenas.storage.files import Files
from mycenas.storage.staging import SEALED, WINDOW_BYTES, WriteBack

# The same in every process: names of tests are made of its digest.
DATA = bytes(range(256)) * 12
DIGEST = hashlib.sha256(DATA).hexdigest()
READABLE = 0o644
NAME = f"{DIGEST[:2]}/{DIGEST}-key"


class Recorder(Files):
    """Does everything and notes it down, by the names of files and folders."""

    def __init__(self):
        super().__init__()
        self.steps = []
        self._names = {}

    def note(self, *step):
        self.steps.append(step)

    def create(self, path, *mode):
        self.note("create", path.parent.name)
        descriptor = super().create(path, *mode)
        self._names[descriptor] = "staged"
        return descriptor

    def open(self, path):
        descriptor = super().open(path)
        self._names[descriptor] = path.name
        return descriptor

    def write(self, descriptor, pieces):
        self.note("write", self._names[descriptor])
        return super().write(descriptor, pieces)

    def chmod(self, descriptor, mode):
        self.note("chmod", self._names[descriptor])
        super().chmod(descriptor, mode)

    def sync(self, descriptor):
        self.note("sync", self._names[descriptor])
        super().sync(descriptor)

    def close(self, descriptor):
        self.note("close", self._names.pop(descriptor))
        super().close(descriptor)

    def make_folder(self, path, mode):
        self.note("make_folder", path.name)
        super().make_folder(path, mode)

    def link(self, source, target):
        self.note("link", target.parent.name)
        super().link(source, target)

    def replace(self, source, target):
        self.note("replace", target.name)
        super().replace(source, target)

    def remove(self, path):
        self.note("remove", path.parent.name)
        super().remove(path)


class Faulty(Recorder):
    """Fails at one step, then goes on."""

    def __init__(self, failing_step):
        super().__init__()
        self.failing_step = failing_step

    def note(self, *step):
        super().note(*step)
        if len(self.steps) == self.failing_step:
            raise OSError(errno.EIO, "Input/output error")


class Stingy(Files):
    """Writes at most seven bytes at a time, of one piece or more."""

    def write(self, descriptor, pieces):
        return os.write(descriptor, b"".join(pieces)[:7])


def write_and_seal(
    writer: StagingWriter, data: bytes = DATA, mode: int = SEALED
) -> StagedFile:
    writer.write(data)
    return writer.seal(mode)


def staged(store: Store, data: bytes = DATA) -> StagedFile:
    return write_and_seal(store.stage(), data)


def names(store: Store) -> list[str]:
    return [original.key for original in store.originals()]


def left_in_staging(store: Store) -> list:
    return store.stale_staging(-1)


def source(folder, data: bytes = DATA):
    path = folder / "source"
    path.write_bytes(data)
    return path


def test_a_staged_file_is_counted_hashed_and_closed_to_others(tmp_path):
    store = Store(tmp_path)
    writer = store.stage()
    writer.write(DATA[:1000])
    writer.write(bytearray(DATA[1000:]))
    assert stat.S_IMODE(writer.path.stat().st_mode) == 0o400
    done = writer.seal()
    assert (done.size, done.sha256) == (len(DATA), DIGEST)
    assert done.path.read_bytes() == DATA
    assert stat.S_IMODE(done.path.parent.stat().st_mode) == 0o700
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")


@pytest.mark.parametrize("files", [Files(), Stingy()])
def test_pieces_are_one_file_and_short_writes_are_continued(tmp_path, files):
    writer = Store(tmp_path, files).stage()
    writer.write(DATA[:3], b"", DATA[3:9], bytearray(DATA[9:10]), DATA[10:2000])
    writer.write(DATA[2000:])
    done = writer.seal()
    assert (done.size, done.sha256) == (len(DATA), DIGEST)
    assert (done.path.read_bytes(), done.head) == (DATA, DATA[:HEAD_BYTES])


@pytest.mark.parametrize("size", [0, WINDOW_BYTES - 1, 3 * WINDOW_BYTES + 5])
def test_write_back_changes_no_byte(tmp_path, size):
    store = Store(tmp_path)
    data = os.urandom(size)
    name = store.keep(staged(store, data), suffix="key")
    digest = hashlib.sha256(data).hexdigest()
    assert store.verify(name, sha256=digest, size=size)


def test_what_knows_no_write_back_is_left_alone():
    reading, writing = os.pipe()
    try:
        WriteBack(writing).reached(3 * WINDOW_BYTES + 5)
    finally:
        os.close(reading)
        os.close(writing)


def test_an_error_of_write_back_is_not_swallowed():
    with pytest.raises(OSError, match="descriptor"):
        WriteBack(-1).reached(WINDOW_BYTES)


def test_keeping_takes_the_durable_order(tmp_path):
    files = Recorder()
    store = Store(tmp_path / "data", files)
    assert store.keep(staged(store), suffix="key") == NAME
    shard = DIGEST[:2]
    assert files.steps == [
        ("make_folder", "data"),
        ("sync", tmp_path.name),
        ("close", tmp_path.name),
        ("make_folder", "staging"),
        ("sync", "data"),
        ("close", "data"),
        ("create", "staging"),
        ("write", "staged"),
        ("sync", "staged"),
        ("close", "staged"),
        ("make_folder", "originals"),
        ("sync", "data"),
        ("close", "data"),
        ("make_folder", shard),
        ("sync", "originals"),
        ("close", "originals"),
        ("link", shard),
        ("sync", shard),
        ("close", shard),
        ("remove", "staging"),
    ]


def test_an_original_is_read_only_and_private(tmp_path):
    store = Store(tmp_path)
    path = store.original_path(store.keep(staged(store), suffix="key"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE((tmp_path / "originals").stat().st_mode) == 0o700
    assert path.stat().st_nlink == 1


def test_failing_at_each_step_never_pretends(tmp_path):
    step, kept = 0, False
    while not kept:
        step += 1
        files = Faulty(step)
        store = Store(tmp_path / str(step), files)
        try:
            store.keep(staged(store), suffix="key")
            kept = True
        except StorageFailed:
            assert len(files.steps) >= step
        # Whatever failed: a name, where there is one, stands for the whole file.
        assert all(store.verify(n, sha256=DIGEST, size=len(DATA)) for n in names(store))
        # And sending it again brings it in, on the same files and folders.
        assert Store(store.root).keep(staged(store), suffix="key") == NAME
    assert step == 20


@pytest.mark.parametrize("failing", ["write", "chmod", "sync", "close"])
def test_a_failed_file_leaves_nothing(tmp_path, failing):
    files = Faulty(0)
    store = Store(tmp_path, files)
    writer = store.stage()
    steps = ["write", "chmod", "sync", "close"]
    files.failing_step = len(files.steps) + 1 + steps.index(failing)
    with pytest.raises(StorageFailed):
        write_and_seal(writer, mode=READABLE)
    assert left_in_staging(store) == []
    with pytest.raises(ValueError, match="closed"):
        writer.seal()


@contextmanager
def largest_file(size: int):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_real_limit_of_the_system_is_a_full_store(tmp_path):
    store = Store(tmp_path)
    writer = store.stage()
    with largest_file(2000), pytest.raises(StorageFailed) as failure:
        writer.write(DATA)
    assert failure.value.full
    assert left_in_staging(store) == []


def test_a_name_that_cannot_be_made_is_a_storage_failure(tmp_path):
    (tmp_path / "staging").write_text("not a folder")
    with pytest.raises(StorageFailed):
        Store(tmp_path).stage()


def test_staging_names_are_never_shared(tmp_path):
    store = Store(tmp_path)
    writers = [store.stage() for _ in range(200)]
    assert len({writer.path for writer in writers}) == 200
    for writer in writers:
        writer.discard()
        writer.discard()
    assert left_in_staging(store) == []


def test_a_planted_link_is_not_followed(tmp_path):
    store = Store(tmp_path)
    writer = store.stage()
    with pytest.raises(FileExistsError):
        Files().create(writer.path)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="exists"):
        Files().create(link)
    assert not (tmp_path / "elsewhere").exists()


def test_keeping_never_replaces_other_bytes(tmp_path):
    store = Store(tmp_path)
    path = store.original_path(NAME)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"somebody else's")
    name = store.keep(staged(store), suffix="key")
    assert name.startswith(f"{NAME}-")
    assert store.verify(name, sha256=DIGEST, size=len(DATA))
    assert path.read_bytes() == b"somebody else's"


def test_a_repeated_attempt_takes_over_the_same_bytes(tmp_path):
    store = Store(tmp_path)
    first = store.keep(staged(store), suffix="key")
    inode = store.original_path(first).stat().st_ino
    assert store.keep(staged(store), suffix="key") == first
    assert store.original_path(first).stat().st_ino == inode
    assert left_in_staging(store) == []


def test_verify_finds_any_difference(tmp_path):
    store = Store(tmp_path)
    name = store.keep(staged(store), suffix="key")
    assert store.verify(name, sha256=DIGEST, size=len(DATA))
    assert not store.verify(name, sha256=DIGEST, size=len(DATA) + 1)
    assert not store.verify(name, sha256="0" * 64, size=len(DATA))
    path = store.original_path(name)
    path.unlink()
    assert not store.verify(name, sha256=DIGEST, size=len(DATA))
    path.symlink_to("/etc/passwd")
    with pytest.raises(StorageFailed):
        store.verify(name, sha256=DIGEST, size=len(DATA))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../staging/x",
        f"{NAME}/..",
        f"00/{DIGEST}-key",
        f"{NAME}\n",
        NAME.replace("-key", "-../key"),
        NAME.replace("-key", ""),
    ],
)
def test_foreign_names_of_originals_are_refused(tmp_path, name):
    if name == f"00/{DIGEST}-key" and DIGEST.startswith("00"):
        pytest.skip("by chance a name of ours")
    with pytest.raises(BadName):
        Store(tmp_path).original_path(name)


@pytest.mark.parametrize(
    "name", ["", "/a", "a/../b", "..", ".hidden", "a//b", "a/", "a\\b", "a\n", "é"]
)
def test_foreign_names_of_derivatives_are_refused(tmp_path, name):
    store = Store(tmp_path)
    for use in (store.open_rendition, store.open_creative, store.remove_rendition):
        with pytest.raises(BadName):
            use(name)
    with pytest.raises(BadName):
        store.save_rendition(source(tmp_path), name)


@pytest.mark.parametrize("key", ["", "a/b", "..", "k" * 65, "a b"])
def test_keys_that_are_no_names_are_refused(tmp_path, key):
    store = Store(tmp_path)
    one = staged(store)
    with pytest.raises(BadName):
        store.keep(one, suffix=key)


def test_renditions_are_replaced_by_a_repeated_attempt(tmp_path):
    store = Store(tmp_path)
    store.save_rendition(source(tmp_path, b"first"), "ab/one-960.webp")
    store.save_rendition(source(tmp_path, b"second"), "ab/one-960.webp")
    path = tmp_path / "renditions" / "ab" / "one-960.webp"
    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    with store.open_rendition("ab/one-960.webp") as file:
        assert file.read() == b"second"
    assert left_in_staging(store) == []
    store.remove_rendition("ab/one-960.webp")
    store.remove_rendition("ab/one-960.webp")
    assert not path.exists()


def test_a_rendition_that_cannot_be_saved_leaves_the_old_one(tmp_path):
    files = Faulty(0)
    store = Store(tmp_path, files)
    store.save_rendition(source(tmp_path, b"old"), "one.webp")
    files.failing_step = len(files.steps) + 3
    with pytest.raises(StorageFailed):
        store.save_rendition(source(tmp_path, b"new"), "one.webp")
    with store.open_rendition("one.webp") as file:
        assert file.read() == b"old"
    assert left_in_staging(store) == []


def test_the_sweeper_takes_only_what_is_old(tmp_path):
    store = Store(tmp_path)
    assert store.sweep_staging(0) == []
    old, young = store.stage(), store.stage()
    os.utime(old.path, (0, 0))
    assert store.stale_staging(3600) == [old.path]
    assert store.sweep_staging(3600) == [old.path]
    assert not old.path.exists()
    assert young.path.exists()


def test_a_bad_name_of_an_upload_does_not_stop_the_sweep(tmp_path, caplog):
    store = Store(tmp_path)
    old, going_on = store.stage(), store.partial_file("going-on")
    going_on.begin(0)
    going_on.discard()
    for path in (old.path, going_on.path):
        os.utime(path, (0, 0))
    names = ["../evil", "", "going-on"]
    assert store.sweep_staging(3600, partial_files=names) == [old.path]
    assert going_on.path.exists()
    assert "not the name of a partial file: '../evil'" in caplog.text


def test_a_scratch_folder_is_removed_also_by_the_sweeper(tmp_path):
    store = Store(tmp_path)
    with store.scratch() as folder:
        (folder / "part").write_bytes(b"x")
        assert store.stale_staging(3600) == []
    assert not folder.exists()
    left = folder.with_name(f"{folder.name}-left")
    left.mkdir()
    (left / "part").write_bytes(b"x")
    assert store.sweep_staging(-1) == [left]
    assert not left.exists()


def test_the_sites_store_lies_below_its_data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert site_store().root == tmp_path
    assert site_store() is site_store()


def test_free_space_is_told(tmp_path):
    assert Store(tmp_path).free_bytes() > 0
