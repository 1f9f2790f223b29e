"""The commands an operator has."""

from __future__ import annotations

import io
import os
import shutil
import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from campaigns.models import Campaign
from campaigns.states import CAMPAIGN
from competitions.models import Competition
from mycenas.core import checks
from mycenas.core.queue import tasks
from mycenas.core.queue.tasks import Sweeper
from mycenas.core.states import db_invariants
from submissions.states import SubmissionState as S
from tests.database.tools import alter
from tests.factories import (
    DAY,
    CampaignFactory,
    CompetitionFactory,
    SubmissionFactory,
    timezone,
)

pytestmark = pytest.mark.django_db

PAGE = Path(settings.BASE_DIR) / "docs" / "states.md"
EXPECTED, RESTORED = db_invariants.EXPECTED, db_invariants.RESTORED
# A sweep lets go of its connection, and with it of a transaction around the test.
committed = pytest.mark.django_db(transaction=True)


def said(*arguments, **options):
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def signals():
    """Handlers as they were, whatever a command sets."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


# --- states


def test_states_are_shown_as_they_are_declared():
    page = said("states")
    for name in ("Competition", "Submission", "Campaign"):
        assert f"## {name}" in page
    assert "closed --> winner_announced" in page


def test_states_agree_with_the_database():
    assert "equal the declarations" in said("states", "--check")


def test_a_page_that_is_behind_is_said(settings, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "states.md").write_text("old")
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="make states"):
        call_command("states", "--check")


@pytest.fixture
def written(settings, tmp_path, monkeypatch):
    """Where `states --write` may write."""
    (tmp_path / "docs").mkdir()
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(db_invariants, "EXPECTED", tmp_path / "guards.json")
    monkeypatch.setattr(db_invariants, "RESTORED", tmp_path / "guards_restored.json")
    config = apps.get_app_config("campaigns")
    shutil.copytree(Path(config.path) / "migrations", tmp_path / "migrations")
    monkeypatch.setattr(config, "path", str(tmp_path))
    return tmp_path


def test_writing_down_what_is_up_to_date_changes_nothing(written):
    expected, restored = EXPECTED.read_text(), RESTORED.read_text()
    before = sorted((written / "migrations").iterdir())
    assert "Wrote" in said("states", "--write")
    assert (written / "guards.json").read_text() == expected
    assert (written / "guards_restored.json").read_text() == restored
    assert (written / "docs" / "states.md").read_text() == PAGE.read_text()
    assert sorted((written / "migrations").iterdir()) == before


def test_a_changed_machine_gets_a_migration(written, monkeypatch):
    moves = {**CAMPAIGN.moves, "ended": frozenset({"draft"})}
    monkeypatch.setattr(Campaign, "machine", replace(CAMPAIGN, moves=moves))
    folder = written / "migrations"
    last = max(path.stem for path in folder.glob("[0-9]*.py"))
    said("states", "--write")
    (made,) = folder.glob("*_campaign_machine_*.py")
    text = made.read_text()
    forward, reverse = text.split("REVERSE", 1)
    assert "('ended', 'draft')" in forward
    assert "('ended', 'draft')" not in reverse
    assert f'("campaigns", "{last}")' in text
    assert compile(text, made, "exec")


# --- sweep


@committed
def test_one_sweep_does_what_waits_without_redis(signals):
    late = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    campaign = CampaignFactory(state="scheduled")
    call_command("sweep")
    late.refresh_from_db()
    campaign.refresh_from_db()
    assert (late.state, campaign.state) == ("moderation", "running")


def break_down():
    raise OSError("no space")


def ask_to_stop():
    os.kill(os.getpid(), signal.SIGTERM)


@committed
def test_a_sweeper_that_fails_does_not_stop_the_others(signals, monkeypatch, caplog):
    CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    registered = [Sweeper("break_down", break_down), *tasks.sweepers()]
    monkeypatch.setattr(tasks, "_sweepers", registered)
    call_command("sweep")
    assert "did not finish" in caplog.text
    assert Competition.objects.get().state == "moderation"


@committed
def test_a_sweep_without_end_stops_when_asked(signals, monkeypatch):
    monkeypatch.setattr(tasks, "_sweepers", [Sweeper("ask_to_stop", ask_to_stop)])
    call_command("sweep", "--forever", "--every", "0.01")


def test_what_waits_for_other_servers_is_swept_last():
    order = [sweeper.name for sweeper in tasks.sweepers()]
    slow = {"core.send_mail", "exports.sweep", "submissions.sweep"}
    assert set(order[-3:]) == slow
    assert set(order[:-3]) == {
        "approvals.expire",
        "campaigns.keep_windows",
        "competitions.keep_deadlines",
        "judging.close",
        "judging.seal",
        "permits.expire",
        "submissions.expire",
    }


# --- check


def test_the_check_finds_a_guard_that_is_gone():
    assert checks.guards_are_there(None, databases=["default"]) == []
    assert checks.guards_are_there(None, databases=None) == []
    alter("DROP TRIGGER submission_stays ON submissions_submission")
    (found,) = checks.guards_are_there(None, databases=["default"])
    assert (found.id, "submission_stays" in found.msg) == ("mycenas.E002", True)


def test_the_check_says_when_the_database_cannot_be_asked():
    with pytest.raises(DatabaseError):
        alter("SELECT 1 / 0")
    (found,) = checks.guards_are_there(None, databases=["default"])
    assert found.id == "mycenas.E001"
    assert checks.site_does_not_own_its_tables(None) == []


def test_the_check_warns_when_one_role_does_everything():
    """The tests themselves connect as the owner."""
    (found,) = checks.site_does_not_own_its_tables(None)
    assert found.id == "mycenas.W003"


def test_the_check_warns_of_a_lease_that_ends_before_its_task(settings):
    assert checks.lease_outlives_its_task(None) == []
    settings.PROCESSING_LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
    (found,) = checks.lease_outlives_its_task(None)
    assert found.id == "mycenas.W004"


def test_tables_of_a_foreign_owner_are_found():
    alter("ALTER TABLE interactions_like OWNER TO pg_database_owner")
    assert any("interactions_like" in line for line in db_invariants.differences())


@committed
def test_unfinished_work_is_left_for_those_who_do_it(signals):
    """A fresh entry waits for its worker; the sweeper takes what is forgotten."""
    entry = SubmissionFactory(state=S.RECEIVED)
    call_command("sweep")
    entry.refresh_from_db()
    assert entry.state == S.RECEIVED
