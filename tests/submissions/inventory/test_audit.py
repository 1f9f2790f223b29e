"""Every acknowledged entry has its bytes, and whoever asks is told where not."""

from __future__ import annotations

import errno
import io
import json
import logging

import pytest
from django.core.management import CommandError, call_command

from mycenas.celery import app
from mycenas.core.queue import slices
from mycenas.storage import Store, store
from mycenas.storage.files import Files
from submissions.inventory import workflow
from submissions.inventory.progress import Bar, Notebook
from submissions.inventory.workflow import Damage, Findings
from submissions.management.commands import audit_storage
from submissions.models import Submission
from submissions.processing import workflow as processing
from submissions.states import SubmissionState as S
from tests.camera import photograph
from tests.database.tools import drop_guard, raw
from tests.factories import CompetitionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def audit(*options):
    out = io.StringIO()
    call_command("audit_storage", *options, stdout=out)
    return out.getvalue()


def received(count=1):
    competition = CompetitionFactory(state="open", max_entries=100)
    return [
        SubmissionFactory(competition=competition, state=S.RECEIVED)
        for _ in range(count)
    ]


def pictured():
    """An entry whose public pictures are really there."""
    entry = SubmissionFactory(state=S.RECEIVED, data=photograph(3, size=(64, 48)))
    assert processing.process(entry.pk)
    return Submission.objects.get(pk=entry.pk)


def harm(entry, change):
    spoil(store().original_path(entry.original), change)


def spoil(path, change):
    path.chmod(0o600)
    if change == "gone":
        path.unlink()
    elif change == "shorter":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_storage_without_fault():
    SubmissionFactory()
    first = SubmissionFactory(state=S.RECEIVED)
    second = pictured()
    assert audit().startswith("2 acknowledged entries checked.\n")
    told = json.loads(audit("--json"))
    assert (told["checked"], told["damaged"]) == (2, [])
    assert told["checked_bytes"] == first.size + second.size


@pytest.mark.parametrize(
    ("change", "words"),
    [("gone", "missing"), ("shorter", "bytes"), ("flipped", "SHA-256")],
)
def test_a_file_that_is_gone_or_changed_is_named(change, words, caplog):
    sound, entry = received(2)
    harm(entry, change)
    with pytest.raises(CommandError, match=f"entries {entry.pk}\\.") as failure:
        audit()
    assert failure.value.returncode == 1
    (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
    assert words in record.getMessage()
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("audit_storage", "--json", stdout=out)
    (damage,) = json.loads(out.getvalue())["damaged"]
    assert (damage["entry"], damage["original"]) == (entry.pk, entry.original)
    assert words in damage["problem"]
    assert sound.pk != entry.pk


@pytest.mark.parametrize(
    ("change", "words"),
    [("gone", "is missing"), ("shorter", "bytes"), ("flipped", "SHA-256")],
)
def test_a_public_picture_that_is_gone_or_changed_is_named(change, words):
    entry = pictured()
    row = entry.rendition(320)
    spoil(store().root / "renditions" / row.name, change)
    out = io.StringIO()
    with pytest.raises(CommandError, match=f"entries {entry.pk}\\."):
        call_command("audit_storage", "--json", stdout=out)
    (damage,) = json.loads(out.getvalue())["damaged"]
    assert (damage["entry"], damage["original"]) == (entry.pk, row.name)
    assert damage["problem"].startswith(f"its picture {row.name} ")
    assert words in damage["problem"]


def test_a_digest_that_was_not_kept_is_noted_when_asked_for():
    entry = pictured()
    drop_guard("rendition_stays")
    raw("UPDATE submissions_rendition SET sha256 = NULL WHERE width_class = 320")
    assert "1 public pictures were made before" in audit()
    assert "1 public pictures got their SHA-256." in audit("--note-digests")
    assert json.loads(audit("--json"))["digests"] == {"noted": 0, "missing": 0}
    assert len(entry.rendition(320).sha256) == 64


class Reading(Files):
    """Notes which originals are opened; ``trouble`` comes with the fourth."""

    def __init__(self, trouble: BaseException | None = None, after: int = 3):
        super().__init__()
        self.seen: list[str] = []
        self._trouble = trouble
        self._after = after

    def open(self, path):
        if "originals" in path.parts:
            if self._trouble and len(self.seen) == self._after:
                raise self._trouble
            self.seen.append(f"{path.parent.name}/{path.name}")
        return super().open(path)


@pytest.fixture
def use(monkeypatch):
    """Have the command read through these calls to the operating system."""

    def use(files: Files) -> None:
        site = Store(store().root, files)
        monkeypatch.setattr(audit_storage, "store", lambda: site)

    return use


def test_an_interrupted_audit_goes_on_where_it_was(use, tmp_path):
    entries = received(5)
    harm(entries[0], "flipped")
    first, second = Reading(KeyboardInterrupt()), Reading()
    note = tmp_path / "note"
    use(first)
    with pytest.raises(CommandError, match="Interrupted after 3") as failure:
        audit("--resume", str(note))
    assert failure.value.returncode == 130
    use(second)
    out = io.StringIO()
    with pytest.raises(CommandError, match=f"entries {entries[0].pk}\\."):
        call_command("audit_storage", "--json", f"--resume={note}", stdout=out)
    # Each was read once, and what the first half found is told by the second.
    assert first.seen + second.seen == [entry.original for entry in entries]
    assert json.loads(out.getvalue())["checked"] == 5
    assert not note.exists()


def test_a_fresh_audit_forgets_the_note(tmp_path):
    received(2)
    note = tmp_path / "note"
    Notebook(note).note(Findings(after=10**9, checked=7))
    again = json.loads(audit("--json", "--fresh", f"--resume={note}"))
    assert again["checked"] == 2
    Notebook(note).note(Findings(after=10**9, checked=7))
    assert json.loads(audit("--json", f"--resume={note}"))["checked"] == 7


@pytest.mark.parametrize("text", ["", "{", "[]", '{"after": 1}', '{"damaged": [1]}'])
def test_a_note_that_cannot_be_read_begins_anew(tmp_path, text):
    (tmp_path / "note").write_text(text)
    assert Notebook(tmp_path / "note").read() == Findings()


def test_a_note_keeps_everything(tmp_path):
    found = Findings(3, 2, 100, [Damage(1, "ab/c", "it is missing")])
    notebook = Notebook(tmp_path / "note")
    notebook.note(found)
    assert notebook.read() == found


def test_a_storage_that_is_down_says_nothing_of_entries(use, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    first, _second, _third = received(3)
    use(Reading(OSError(errno.EIO, "Input/output error"), after=1))
    (tmp_path / "staging").rmdir()
    (tmp_path / "staging").write_text("in the way")
    with pytest.raises(CommandError, match="Input/output error") as failure:
        audit(f"--resume={tmp_path / 'note'}")
    assert failure.value.returncode == 2
    noted = Notebook(tmp_path / "note").read()
    assert (noted.after, noted.checked, noted.damaged) == (first.pk, 1, [])


def test_one_file_that_cannot_be_read_is_damage(use):
    (entry,) = received()
    use(Reading(OSError(errno.EIO, "Input/output error"), after=0))
    with pytest.raises(CommandError, match=f"entries {entry.pk}\\."):
        audit()


def test_many_rows_are_read_in_small_steps(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(workflow, "ROWS_AT_ONCE", 2)
    entries = received(5)
    found = Findings()
    # Five rows by twos, each with its pictures, and one look that finds no more.
    with django_assert_num_queries(7):
        seen = [found.after for _pause in workflow.audit(store(), found)]
    assert seen == [entry.pk for entry in entries]


def test_the_bar_fills_up_on_a_terminal_only():
    terminal, file = Terminal(), io.StringIO()
    for out in (terminal, file):
        bar = Bar(out, rows=4, total_bytes=400)
        bar.show(Findings(checked=1, checked_bytes=100))
        bar.show(Findings(checked=4, checked_bytes=400))
        bar.end()
    assert file.getvalue() == ""
    first, second = terminal.getvalue().split("\r")[1:]
    assert first.startswith("[#######   ")
    assert "25%  1 of 4 entries" in first
    assert "100%  4 of 4 entries" in second


# --- at night


class Watch:
    """A clock that goes on by one second each time it is asked."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1
        return self.now


def test_the_night_goes_in_slices_that_hand_on_where_they_are(monkeypatch, caplog):
    monkeypatch.setattr(slices, "SLICE", slices.SLICE * 0)
    sent = []
    for module in (slices, workflow):
        monkeypatch.setattr(module, "enqueue", lambda *message: sent.append(message))
    entries = received(2)
    harm(entries[1], "gone")
    assert workflow.audit_slice(clock=Watch()) is False
    assert sent == [("submissions.audit_storage", entries[0].pk)]
    assert workflow.audit_slice(sent[-1][1], clock=Watch()) is False
    assert f"entry {entries[1].pk}: it is missing" in caplog.text
    assert workflow.audit_slice(sent[-1][1], clock=Watch()) is True
    assert sent[-1] == ("submissions.find_orphans",)


def test_a_night_without_storage_ends_and_is_logged(settings, tmp_path, caplog):
    settings.DATA_DIR = tmp_path
    (entry,) = received()
    store().original_path(entry.original).unlink()
    store().original_path(entry.original).symlink_to("/etc/passwd")
    (tmp_path / "staging").rmdir()
    (tmp_path / "staging").write_text("in the way")
    assert workflow.audit_slice() is False
    assert "stopped after entry 0" in caplog.text


def test_beat_starts_the_audit_and_the_tasks_are_known():
    asked = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert "submissions.audit_storage" in asked
    app.loader.import_default_modules()
    assert {"submissions.audit_storage", "submissions.find_orphans"} <= set(app.tasks)
    received(2)
    app.tasks["submissions.audit_storage"](Submission.objects.order_by("pk")[0].pk)
    app.tasks["submissions.find_orphans"]()
