"""Entries that were checked before metadata were kept get them in the nights after."""

from __future__ import annotations

import pytest

from mycenas.celery import app
from mycenas.core.queue import slices
from mycenas.imaging.describing import describe
from mycenas.imaging.rendering import DecoderDied, UnreadableImage, render
from mycenas.storage import StorageFailed, store
from submissions.models import FileMetadata
from submissions.processing import describing
from submissions.states import SubmissionState as S
from tests.camera import photograph
from tests.database.tools import drop_guard, raw
from tests.factories import CompetitionFactory, SubmissionFactory
from tests.imaging.test_metadata import SMALL, exif, jpeg
from tests.imaging.test_rendering import encode

pytestmark = pytest.mark.django_db

SAID = jpeg(exif=exif(software="Scanner 9"))
FACTS = {"software": ["Scanner 9"]}


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=9)


@pytest.fixture
def forgotten(competition):
    """Entries of which nothing was kept, one for each file."""

    def make(*files):
        drop_guard("file_metadata_stays")
        facts = {"competition": competition, "state": S.PENDING}
        entries = [SubmissionFactory(data=data + b" ", **facts) for data in files]
        raw("DELETE FROM submissions_filemetadata")
        return entries

    return make


def known():
    rows = FileMetadata.objects.order_by("submission")
    return list(rows.values_list("submission", "facts"))


def several(count):
    return [SAID + bytes((number,)) for number in range(count)]


def test_the_files_are_read_and_others_are_left_alone(forgotten, competition):
    first, second = forgotten(*several(2))
    waiting = SubmissionFactory(competition=competition, state=S.RECEIVED)
    new = SubmissionFactory(competition=competition, state=S.PENDING)
    assert describing.describe_slice() is True
    assert known() == [(first.pk, FACTS), (second.pk, FACTS), (new.pk, {})]
    assert not describing.undescribed().exists()
    assert not FileMetadata.objects.filter(submission=waiting).exists()


def test_it_goes_on_where_a_slice_ended(forgotten, monkeypatch):
    entries = forgotten(*several(3))
    monkeypatch.setattr(slices, "SLICE", slices.SLICE * 0)
    sent = []
    monkeypatch.setattr(slices, "enqueue", lambda *message: sent.append(message))
    assert describing.describe_slice() is False
    assert sent == [("submissions.describe", entries[0].pk)]
    assert [key for key, _facts in known()] == [entries[0].pk]
    # A message from before the others does not read what is known again.
    assert describing.describe_slice() is False
    assert sent[-1] == ("submissions.describe", entries[1].pk)
    assert describing.describe_slice(sent[-1][1]) is False
    assert describing.describe_slice(sent[-1][1]) is True
    assert [key for key, _facts in known()] == [entry.pk for entry in entries]


def test_what_cannot_be_read_is_left_for_the_next_night(forgotten, caplog):
    missing, odd, whole = forgotten(SAID, b"no picture at all", SAID + b"\0")
    store().remove_original(missing.original)
    assert describing.describe_slice() is True
    assert known() == [(whole.pk, FACTS)]
    assert f"metadata of entry {odd.pk} were not read" in caplog.text
    assert [one.pk for one in describing.undescribed()] == [missing.pk, odd.pk]


def test_another_worker_may_be_faster(forgotten, monkeypatch):
    (entry,) = forgotten(SAID)
    theirs = {"software": ["theirs"]}

    def slow(original):
        FileMetadata.objects.create(submission=entry, facts=theirs)
        return describe(original)

    monkeypatch.setattr(describing, "describe", slow)
    assert describing.describe_slice() is True
    assert known() == [(entry.pk, theirs)]


def test_without_storage_it_ends_and_is_logged(forgotten, monkeypatch, caplog):
    forgotten(SAID)

    def fail(original):
        raise StorageFailed("down")

    monkeypatch.setattr(describing, "describe", fail)
    assert describing.describe_slice() is False
    assert "the storage failed" in caplog.text


def test_beat_starts_it_and_the_task_is_known(forgotten):
    asked = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert describing.TASK in asked
    (entry,) = forgotten(SAID)
    app.loader.import_default_modules()
    app.tasks[describing.TASK]()
    assert known() == [(entry.pk, FACTS)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_says_the_same_without_its_pixels(tmp_path, kind):
    original = tmp_path / "original"
    said = exif(artist="Ada", copyright="(c) Ada")
    original.write_bytes(encode(SMALL, kind, exif=said))
    rendered = render(original, tmp_path / "renditions").metadata
    assert (
        describe(original) == rendered == {"artist": ["Ada"], "copyright": ["(c) Ada"]}
    )


def test_a_photograph_says_the_same_without_its_pixels(tmp_path):
    original = tmp_path / "original"
    original.write_bytes(photograph(3))
    assert describe(original) == render(original, tmp_path / "renditions").metadata
    # Pixels are not needed.
    original.write_bytes(photograph(3)[:20_000])
    assert describe(original)["place"] is True


def test_another_format_or_output_is_an_error(tmp_path, monkeypatch):
    original = tmp_path / "original"
    original.write_bytes(b"GIF89a" + b"\0" * 40)
    with pytest.raises(UnreadableImage):
        describe(original)
    original.write_bytes(SAID)
    monkeypatch.setattr(
        "mycenas.imaging.describing.run_child", lambda *one: b'{"metadata": 7}'
    )
    with pytest.raises(DecoderDied):
        describe(original)
