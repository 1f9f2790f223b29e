"""Each juror's order of the entries: drawn by PostgreSQL, and drawn again by all."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import psycopg
import pytest

from mycenas.core.canonical import canonical_bytes, read_canonical
from mycenas.core.draws.drawing import drawn
from submissions.judging import workflow
from submissions.judging.models import Assignment
from submissions.judging.planning import queue_positions
from submissions.judging.publishing.inputs import draw_of
from submissions.judging.publishing.queues import queue_document
from tests.database.approle import connect
from tests.database.tools import drop_guard, raw, refused
from tests.factories import organizer_of
from tests.submissions.judging.publishing.rounds import publish, scored, sealed
from tests.submissions.judging.publishing.test_pages import address
from tests.submissions.judging.world import Jury

pytestmark = pytest.mark.django_db
SIX = (("5",) * 6, ("6",) * 6)
ADDED = (
    "INSERT INTO judging_assignment (round_id, juror_id, submission_id, position,"
    " state, reason) VALUES (%s, %s, %s, %s, 'assigned', '')"
)


def order_of(juror) -> list[str]:
    rows = Assignment.objects.filter(juror=juror).order_by("position")
    return list(rows.values_list("submission__public_id", flat=True))


def replayed(folder, package: bytes, *committed: str):
    """By Python alone, with nothing that is not in the package."""
    (folder / "results.zip").write_bytes(package)
    with zipfile.ZipFile(io.BytesIO(package)) as found:
        found.extract("queues.py", folder)
    return subprocess.run(
        [sys.executable, "-I", "-S", "queues.py", "results.zip", *committed],
        cwd=folder, env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_revealed_seed_gives_the_order_of_each_juror():
    jury, _ = sealed(SIX)
    draw = draw_of(jury.round, "queues")
    assert draw is not None
    orders = []
    for juror in jury.jurors:
        purpose = f"{draw.full_purpose}\n{juror.tag}"
        orders.append(drawn(draw.revealed, draw.listed, purpose))
        assert order_of(juror) == orders[-1]
    assert orders[0] != orders[1] or orders[0] != sorted(orders[0])


def test_a_stranger_draws_the_orders_again_and_finds_a_change(client, tmp_path):
    jury, _ = sealed(SIX)
    publish(jury)
    draw = draw_of(jury.round, "queues")
    assert draw is not None
    package = client.get(address(jury, "results_zip")).content
    done = replayed(tmp_path, package, draw.commitment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "in the order that was drawn" in done.stdout
    assert replayed(tmp_path, package, "0" * 64).returncode == 1
    with zipfile.ZipFile(io.BytesIO(package)) as found:
        document = read_canonical(found.read("queues.json"))
        assert len(found.read("queues.py").decode().splitlines()) < 400
    assert {q["tag"] for q in document["queues"]} == {str(j.tag) for j in jury.jurors}
    first = document["queues"][0]
    first["entries"][:2] = first["entries"][1::-1]
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as made:
        made.writestr("queues.json", canonical_bytes(document))
        made.writestr(
            "queues.py", zipfile.ZipFile(io.BytesIO(package)).read("queues.py")
        )
    done = replayed(tmp_path, changed.getvalue())
    assert done.returncode == 1
    assert f"{first['tag']} are not in the order" in done.stdout


def test_no_name_of_a_person_is_in_the_package():
    jury, result = sealed(SIX)
    entries = read_canonical(bytes(result.inputs))["entries"]
    text = queue_document(jury.round, entries).decode()
    for person in [*(one.user for one in jury.jurors), jury.entries[0].participant]:
        assert person.name not in text
        assert person.email not in text


def test_another_position_than_the_drawn_one_is_refused():
    jury = Jury(entries=3)
    Assignment.objects.filter(juror=jury.jurors[0]).delete()
    juror, entry = jury.jurors[0], jury.entries[0]
    right = queue_positions(juror)[entry.pk]
    wrong = [jury.round.pk, juror.pk, entry.pk, right % 3 + 1]
    assert refused(ADDED, wrong) == "assignment_in_order"
    assert refused(ADDED, [*wrong[:3], right]) == ""
    Assignment.objects.filter(juror=juror).delete()
    drop_guard("assignment_in_order")
    assert refused(ADDED, wrong) == ""


def test_a_round_with_assignments_is_not_opened():
    """They were made before there was a draw."""
    jury = Jury(is_open=False)
    raw(ADDED, [jury.round.pk, jury.jurors[0].pk, jury.entries[0].pk, 1])
    opened = "UPDATE judging_round SET state = 'open', opened_at = now() WHERE id = %s"
    assert refused(opened, [jury.round.pk]) == "round_opens_unassigned"
    drop_guard("round_opens_unassigned")
    assert refused(opened, [jury.round.pk]) == ""


def test_the_tag_of_a_juror_is_made_by_the_database_and_stays():
    jury = Jury(is_open=False)
    juror = jury.jurors[0]
    tag = juror.tag
    chosen = "UPDATE judging_juror SET tag = '00000000-0000-0000-0000-000000000001'"
    raw(chosen)
    juror.refresh_from_db()
    assert juror.tag == tag
    assert jury.jurors[1].tag != tag


def test_a_juror_who_joins_later_has_an_order_of_the_same_draw():
    jury = Jury(entries=4, jurors=2, readings=2)
    late = jury.join()
    by = organizer_of(jury.competition)
    workflow.mark_absent(jury.jurors[0], by=by)
    assert sorted(queue_positions(late).values()) == [1, 2, 3, 4]
    workflow.mark_present(jury.jurors[0], by=by)
    own = order_of(late)
    assert own
    assert own == [one for one in drawn_order(jury, late) if one in own]


def drawn_order(jury: Jury, juror) -> list[str]:
    """All entries in the order of this juror, as the database has it."""
    names = {one.pk: one.public_id for one in jury.entries}
    places = queue_positions(juror)
    return [names[key] for key in sorted(places, key=lambda key: places[key])]


def test_a_round_that_was_opened_before_such_draws_gets_what_is_new_last():
    jury = scored(((None,) * 4, (None,) * 4))
    for guard in ("draw_stays", "seed_stays"):
        drop_guard(guard)
    draw = draw_of(jury.round, "queues")
    assert draw is not None
    raw("DELETE FROM draws_seed WHERE draw_id = %s", [draw.pk])
    raw("DELETE FROM draws_draw WHERE id = %s", [draw.pk])
    Assignment.objects.get(juror=jury.jurors[0], position=2).delete()
    assert list(queue_positions(jury.jurors[0]).values()) == [5]
    assert queue_document(jury.round, []) == b""


@pytest.mark.django_db(transaction=True)
def test_the_site_reads_no_seed_before_the_result_is_sealed():
    jury = scored(SIX)
    draw = draw_of(jury.round, "queues")
    assert draw is not None
    with connect() as site:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            site.execute("SELECT value FROM draws_seed")
        found = site.execute(
            "SELECT seed FROM draws_draw WHERE id = %s", [draw.pk]
        ).fetchall()
    assert found == [(None,)]
    drawn_now = "UPDATE draws_draw SET state = 'drawn', drawn_at = now() WHERE id = %s"
    assert refused(drawn_now, [draw.pk]) == "draw_after_close"
