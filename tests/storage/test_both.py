"""What every store promises, wherever its files last."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any

import pytest

from mycenas.storage import BadName, StagedFile, StorageFailed, Store

DATA = bytes(range(256)) * 12
DIGEST = hashlib.sha256(DATA).hexdigest()
NAME = f"{DIGEST[:2]}/{DIGEST}-key"
FACTS: dict[str, Any] = {"sha256": DIGEST, "size": len(DATA)}


def staged(store: Store, data: bytes = DATA) -> StagedFile:
    writer = store.stage()
    writer.write(data)
    return writer.seal()


def names(store: Store) -> list[str]:
    return [original.key for original in store.originals()]


def left_in_staging(store: Store) -> list:
    return store.stale_staging(-1)


def plant(store: Store, name: str, data: bytes) -> None:
    """Put other bytes under an original's name, past all care."""
    store._backend.save(staged(store, data), f"originals/{name}")


def source(folder, data: bytes = DATA):
    path = folder / "source"
    path.write_bytes(data)
    return path


def test_what_is_kept_is_there_whole_and_listed(store):
    before = time.time() - 5
    assert store.keep(staged(store), suffix="key") == NAME
    assert store.facts_of(NAME) == (len(DATA), DIGEST)
    (listed,) = store.originals()
    assert (listed.key, listed.size) == (NAME, len(DATA))
    assert listed.changed_at > before
    assert left_in_staging(store) == []
    with store.open_original(NAME) as file:
        assert file.read() == DATA


def test_a_repeated_attempt_takes_over_the_same_bytes(store):
    assert store.keep(staged(store), suffix="key") == NAME
    (before,) = store.originals()
    assert store.keep(staged(store), suffix="key") == NAME
    assert list(store.originals()) == [before]
    assert left_in_staging(store) == []


def test_an_attempt_goes_on_after_its_file_was_moved(store):
    """What came after keeping has failed, and the page tries with the same file."""
    one = staged(store)
    assert [store.keep(one, suffix="key") for _ in range(2)] == [NAME, NAME]
    assert store.verify(NAME, **FACTS)
    with pytest.raises(StorageFailed):
        store.keep(one, suffix="another")
    assert names(store) == [NAME]


def test_other_bytes_under_a_name_stay_and_ours_get_another(store):
    plant(store, NAME, b"somebody else's")
    name = store.keep(staged(store), suffix="key")
    assert name.startswith(f"{NAME}-")
    assert store.verify(name, **FACTS)
    assert store.facts_of(NAME).size == len(b"somebody else's")
    assert left_in_staging(store) == []


def test_many_keep_the_same_bytes_at_once_and_one_file_remains(store):
    files = [staged(store) for _ in range(8)]
    barrier = threading.Barrier(len(files))
    kept = []

    def keep(one):
        barrier.wait()
        kept.append(store.keep(one, suffix="key"))

    threads = [threading.Thread(target=keep, args=(one,)) for one in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [NAME] * len(files)
    assert names(store) == [NAME]
    assert store.verify(NAME, **FACTS)


def test_verify_finds_any_difference(store):
    name = store.keep(staged(store), suffix="key")
    assert store.verify(name, **FACTS)
    assert not store.verify(name, sha256=DIGEST, size=len(DATA) + 1)
    assert not store.verify(name, sha256="0" * 64, size=len(DATA))
    plant(store, name, DATA[:-1] + b"x")
    assert not store.verify(name, **FACTS)
    store.remove_original(name)
    assert not store.verify(name, **FACTS)
    assert store.facts_of(name) is None
    store.remove_original(name)


def test_a_local_copy_has_the_acknowledged_bytes_or_is_none(store):
    name = store.keep(staged(store), suffix="key")
    with store.local_copy(name, **FACTS) as path:
        assert path.read_bytes() == DATA
    with store.local_copy(name, sha256="0" * 64, size=len(DATA)) as path:
        assert path is None
    store.remove_original(name)
    with store.local_copy(name, **FACTS) as path:
        assert path is None
    assert left_in_staging(store) == []


def test_an_original_that_is_gone_cannot_be_opened(store):
    with pytest.raises(FileNotFoundError):
        store.open_original(NAME)


def test_renditions_are_replaced_by_a_repeated_attempt(store, tmp_path):
    for data in (b"first", b"second"):
        store.save_rendition(source(tmp_path, data), "ab/one-960.webp")
    with store.open_rendition("ab/one-960.webp") as file:
        assert file.read() == b"second"
    assert left_in_staging(store) == []
    assert names(store) == []
    store.remove_rendition("ab/one-960.webp")
    store.remove_rendition("ab/one-960.webp")
    with pytest.raises(FileNotFoundError):
        store.open_rendition("ab/one-960.webp")


def test_creatives_lie_apart(store, tmp_path):
    store.save_creative(source(tmp_path), "7.webp")
    with store.open_creative("7.webp") as file:
        assert file.read() == DATA
    with pytest.raises(FileNotFoundError):
        store.open_rendition("7.webp")


@pytest.mark.parametrize("name", ["", "../staging/x", f"{NAME}/..", f"{NAME}\n"])
def test_foreign_names_are_refused(store, name, tmp_path):
    for use in (store.facts_of, store.open_original, store.remove_original):
        with pytest.raises(BadName):
            use(name)
    with pytest.raises(BadName):
        store.save_rendition(source(tmp_path), f"../{name}")


def test_many_originals_are_listed_in_order(store):
    kept = {store.keep(staged(store, b"%d" % n), suffix="key") for n in range(12)}
    assert names(store) == sorted(kept)


def test_a_store_in_order_has_no_problems(store):
    assert store.problems() == []
    assert store.free_bytes() > 0
