"""Files without an entry: told, and removed only when nothing can ever name them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from datetime import timedelta

import pytest
from django.core.management import call_command

from competitions.covers.workflow import file_name
from mycenas.storage import StagedFile, Store
from mycenas.storage import store as site_store
from submissions.intake import workflow as intake
from submissions.inventory import orphans as inventory
from submissions.inventory import workflow
from submissions.models import Upload
from submissions.states import SubmissionState as S
from tests.factories import CompetitionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def store(settings, tmp_path) -> Store:
    """A store of this test's own: others leave files behind."""
    settings.DATA_DIR = tmp_path
    return site_store()


def staged(store: Store, data=b"a picture") -> StagedFile:
    writer = store.stage()
    writer.write(data)
    return writer.seal()


def kept(store, key, *, age=timedelta(days=3), data=b"a picture"):
    name = store.keep(staged(store, data), suffix=key)
    grow_old(store.original_path(name), age)
    return name


def grow_old(path, age):
    then = time.time() - age.total_seconds()
    os.utime(path, (then, then))


def told(*options):
    out = io.StringIO()
    call_command("audit_storage", "--json", *options, stdout=out)
    return json.loads(out.getvalue())


def names(found):
    return [one["original"] for one in found["orphans"]]


def test_what_a_row_names_is_no_orphan(store):
    entry = SubmissionFactory(state=S.RECEIVED)
    grow_old(store.original_path(entry.original), 3 * DAY)
    assert names(told("--sweep-orphans")) == []
    assert store.facts_of(entry.original).size == entry.size


def test_an_orphan_is_listed_and_stays_until_asked(store):
    name = kept(store, "a" * 11)
    assert names(told()) == [name]
    assert names(told()) == [name]
    found = told("--sweep-orphans")
    assert (names(found), found["swept"]) == ([name], True)
    assert store.facts_of(name) is None
    assert names(told()) == []


def test_a_young_one_is_left_alone(store):
    name = kept(store, "a" * 11, age=timedelta(hours=47))
    assert names(told("--sweep-orphans")) == []
    assert names(told("--older-than=46", "--sweep-orphans")) == [name]


@pytest.mark.parametrize("suffix", ["", "-1a2b3c4d"])
def test_a_ticket_that_may_take_it_over_keeps_it(store, suffix):
    ticket = SubmissionFactory()
    data = b"kept by a process that died before its row was written"
    name = kept(store, f"{ticket.public_id}{suffix}", data=data)
    found = told("--sweep-orphans")
    assert names(found) == []
    assert [one["original"] for one in found["waiting"]] == [name]
    out = io.StringIO()
    call_command("audit_storage", stdout=out)
    assert (
        f"{name} ({len(data)} bytes): its ticket may still take it." in out.getvalue()
    )
    intake.receive(ticket, staged(store, data), name="a.jpg", files=store)
    digest = hashlib.sha256(data).hexdigest()
    assert store.verify(ticket.original, sha256=digest, size=len(data))
    # The one under the longer name is nobody's from now on.
    assert names(told()) == ([] if ticket.original == name else [name])


def test_a_ticket_that_has_ended_keeps_nothing(store):
    ticket = SubmissionFactory(state=S.EXPIRED)
    name = kept(store, ticket.public_id)
    assert names(told()) == [name]


def test_many_are_asked_for_in_batches(store, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(inventory, "NAMES_AT_ONCE", 2)
    expected = {kept(store, f"{number:011}") for number in range(5)}
    with django_assert_num_queries(6):
        found = list(inventory.unnamed(store, DAY))
    assert {one.original for one in found} == expected


def test_leftovers_go_and_parts_that_go_on_stay(store):
    going_on = Upload.objects.create(submission=SubmissionFactory(), length=10)
    over = Upload.objects.create(submission=SubmissionFactory(state=S.EXPIRED))
    broken = staged(store).path
    paths = {upload: store.root / "staging" / f"{upload.part}.part" for upload in
             (going_on, over)}  # fmt: skip
    for path in (broken, *paths.values()):
        path.touch(mode=0o600)
        grow_old(path, 3 * DAY)
    expected = {broken.name, paths[over].name}
    assert set(told()["leftovers"]) == expected
    assert set(told("--sweep-orphans")["leftovers"]) == expected
    assert list((store.root / "staging").iterdir()) == [paths[going_on]]


def test_the_words_say_what_was_found_and_removed(store):
    name = kept(store, "a" * 11)
    grow_old(staged(store).path, 3 * DAY)
    out = io.StringIO()
    call_command("audit_storage", stdout=out)
    assert f"{name} (9 bytes): belongs to no entry." in out.getvalue()
    assert "1 file of broken uploads is left in staging." in out.getvalue()
    out = io.StringIO()
    call_command("audit_storage", "--sweep-orphans", stdout=out)
    assert f"{name} (9 bytes): removed." in out.getvalue()
    assert "1 file of broken uploads removed from staging." in out.getvalue()


def test_the_night_tells_orphans_and_removes_none(store, caplog):
    name = kept(store, "a" * 11)
    assert workflow.tell_orphans() == 1
    assert "1 stored files belong to no entry" in caplog.text
    assert store.facts_of(name)


def test_files_of_covers_that_no_competition_names_are_listed_and_removed(
    store, tmp_path
):
    picture = tmp_path / "picture"
    picture.write_bytes(b"picture")
    named, unnamed, young = ("a" * 24, "b" * 24, "c" * 24)
    size = {"cover_width": 960, "cover_height": 480}
    CompetitionFactory(cover=named, cover_alt="Waves", **size)
    for name in (named, unnamed, young):
        store.save_cover(picture, file_name(name, 960))
    for name in (named, unnamed):
        grow_old(tmp_path / "covers" / file_name(name, 960), 3 * DAY)
    lost = file_name(unnamed, 960)
    gone = {file_name(named, width) for width in (1920, 320)}
    assert set(told()["missing_pictures"]["covers"]) == gone
    assert told()["covers"] == [lost]
    out = io.StringIO()
    call_command("audit_storage", stdout=out)
    assert f"{lost}: is of no competition's cover." in out.getvalue()
    assert told("--sweep-orphans")["covers"] == [lost]
    left = {file_name(name, 960) for name in (named, young)}
    assert {one.key for one in store.covers()} == left
