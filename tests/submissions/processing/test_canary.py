"""The made-up picture that proves, again and again, that both phases work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from mycenas.celery import app
from mycenas.core.db.database import DatabaseNow
from mycenas.imaging.rendering import DecoderDied
from mycenas.storage import store
from submissions.models import Canary, Submission
from submissions.processing import canary
from submissions.states import SubmissionState as S
from tests.database.tools import alter, drop_guard, leave_only, raw, refused
from tests.factories import SubmissionFactory

pytestmark = pytest.mark.django_db


def only() -> Canary:
    return Canary.objects.get()


def files() -> list[Path]:
    """What canaries have left in the storage."""
    root = Path(settings.DATA_DIR)
    kept = [*root.glob("originals/*/*-canary-*"), *root.glob("renditions/canary/*")]
    return [path for path in kept if path.is_file()]


@pytest.fixture(autouse=True)
def _clean():
    yield
    for path in files():
        path.unlink()


def test_a_canary_goes_through_both_phases_and_leaves_nothing():
    assert canary.seconds_since_last() is None
    app.tasks["submissions.begin_canary"]()
    assert store().verify(only().original, sha256=only().sha256, size=only().size)
    app.tasks["submissions.process_canary"]()
    assert (only().attempt, only().finished) == (1, 1)
    assert canary.seconds_since_last() in range(60)
    assert files() == []
    assert not Submission.objects.exists()


def test_it_stores_its_pictures_on_the_way(monkeypatch):
    seen = []
    commit = canary._commit

    def watched(one):
        seen.extend(files())
        return commit(one)

    monkeypatch.setattr(canary, "_commit", watched)
    canary.begin()
    canary.process()
    names = {path.name for path in seen}
    assert names > {"1-1920.webp", "1-960.webp", "1-320.webp"}


def test_one_is_on_its_way_at_a_time():
    canary.begin()
    canary.begin()
    assert only().attempt == 1
    canary.process()
    canary.process()
    assert only().finished == 1
    canary.begin()
    assert (only().attempt, only().finished) == (2, 1)


def test_a_late_commit_is_fenced_off():
    canary.begin()
    late = only()
    alter("ALTER TABLE submissions_canary DROP CONSTRAINT canary_has_a_file_of_its_own")
    Canary.objects.update(attempt=2)
    assert canary._commit(late) is False
    assert canary._commit(only()) is True
    assert canary._commit(only()) is False
    assert only().finished == 2


def test_of_two_that_begin_at_once_one_does():
    Canary.objects.create(pk=Canary.ONLY)
    first, second = only(), only()
    canary._release(first)
    canary._release(second)
    assert only().attempt == 1
    assert store().verify(only().original, sha256=only().sha256, size=only().size)
    assert len(files()) == 1


def test_a_lost_file_is_said_and_another_canary_follows(caplog):
    canary.begin()
    store().remove_original(only().original)
    canary.process()
    assert "gone or was changed" in caplog.text
    assert canary.seconds_since_last() is None
    drop_guard("canary_stamped_when_moved")
    Canary.objects.update(began_at=DatabaseNow() - timedelta(minutes=11))
    canary.begin()
    canary.process()
    assert (only().attempt, only().finished) == (2, 2)
    assert files() == []


def test_a_decoder_that_dies_is_said(monkeypatch, caplog):
    def die(*args):
        raise DecoderDied("killed by SIGKILL")

    monkeypatch.setattr(canary, "render", die)
    canary.begin()
    canary.process()
    assert "did not get through: killed by SIGKILL" in caplog.text
    assert only().is_on_its_way


TAKE_THE_FILE = (
    "UPDATE submissions_canary SET (original, sha256, size) = (SELECT original,"
    " sha256, size FROM submissions_submission WHERE id = %s), attempt = {}"
)


@pytest.mark.parametrize("attempt", ["attempt", "attempt + 1"])
def test_a_canary_never_has_the_file_of_an_entry(attempt):
    canary.begin()
    sql = TAKE_THE_FILE.format(attempt)
    assert (
        refused(sql, [SubmissionFactory(state=S.RECEIVED).pk])
        == "canary_has_a_file_of_its_own"
    )


@pytest.mark.parametrize("is_lost", [False, True])
def test_the_file_of_an_entry_stays_whatever_the_row_of_the_canary_says(
    is_lost, caplog
):
    canary.begin()
    data = canary.picture(200)
    entry = SubmissionFactory(state=S.RECEIVED, data=data)
    alter("ALTER TABLE submissions_canary DROP CONSTRAINT canary_has_a_file_of_its_own")
    raw(TAKE_THE_FILE.format("attempt + 1"), [entry.pk])
    if is_lost:
        drop_guard("canary_stamped_when_moved")
        Canary.objects.update(began_at=DatabaseNow() - timedelta(minutes=11))
        canary.begin()
    canary.process()
    assert store().verify(entry.original, sha256=entry.sha256, size=entry.size)
    assert "of another; it stays" in caplog.text


def test_a_file_that_an_entry_names_stays_though_it_has_the_name_of_a_canary(caplog):
    canary.begin()
    one = "submission_file_is_no_canarys"
    alter(f"ALTER TABLE submissions_submission DROP CONSTRAINT {one}")
    name, sha256, size = only().original, only().sha256, only().size
    entry = SubmissionFactory(state=S.RECEIVED)
    leave_only("submissions_submission")
    raw(
        "UPDATE submissions_submission SET original = %s, sha256 = %s, size = %s"
        " WHERE id = %s",
        [name, sha256, size, entry.pk],
    )
    canary.process()
    assert store().verify(name, sha256=sha256, size=size)
    assert "of another; it stays" in caplog.text


def test_there_is_one_row():
    with pytest.raises(IntegrityError, match="canary_is_alone"), transaction.atomic():
        Canary.objects.create(pk=2)


def test_each_picture_is_another():
    assert len({canary.picture(number) for number in range(9)}) == 9
