"""The same by SQL: what PostgreSQL refuses of draws, and what the site cannot read."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import transaction

from mycenas.core.draws.models import Draw
from mycenas.core.draws.states import SENTENCES
from mycenas.core.draws.workflow import reveal
from mycenas.core.http.errors import sentence_for
from tests.core.draws.test_workflow import BEACON, VALUE, committed
from tests.database.approle import as_the_site, connect
from tests.database.tools import alter, drop_guard, leave_only, one, raw, refused

pytestmark = pytest.mark.django_db

INSERT = """
INSERT INTO draws_draw (purpose, subject_table, subject_id, state, items, list_digest,
  commitment, committed_at)
VALUES ('order', 't', 1, 'committed', convert_to(%s, 'UTF8'),
  encode(sha256(convert_to(%s, 'UTF8')), 'hex'), repeat('a', 64), '2190-01-01')
"""
DRAW = "UPDATE draws_draw SET state = 'drawn', drawn_at = now() WHERE id = %s"


@pytest.mark.parametrize(
    "items",
    ['["b","a"]', '["a","a"]', "[1,2]", "[]", "{}", "7", "null", "no JSON", '[["a"]]'],
)
def test_a_draw_has_a_sorted_list_of_texts(items):
    assert refused(INSERT, [items, items]) == "draw_has_list"
    drop_guard("draw_has_list")
    assert refused(INSERT, [items, items]) == ""


def test_the_list_is_sorted_by_the_numbers_of_its_characters():
    """As Python sorts, so that no locale of the server matters."""
    items = '["B","a","\\u00e4","\\ud83d\\ude00"]'
    assert refused(INSERT, [items, items]) == ""


@pytest.mark.parametrize(
    ("drawn", "changes", "name"),
    [
        (False, "list_digest = repeat('a', 64)", "draw_list_has_digest"),
        (False, "commitment = 'A'", "draw_commitment_is_sha256"),
        (
            False,
            "seed = 'x', state = 'drawn', drawn_at = now()",
            "draw_seed_as_committed",
        ),
        (True, "seed = NULL", "draw_drawn_tied"),
        (True, "drawn_at = NULL", "draw_drawn_tied"),
        (False, "drawn_at = now()", "draw_drawn_tied"),
        (False, "state = 'lost'", "draw_known_state"),
        (False, "beacon = 'a'", "draw_beacon_named"),
        (False, "beacon_round = 1", "draw_beacon_named"),
        (True, f"beacon_value = '{VALUE}'", "draw_beacon_tied"),
        (False, f"beacon_value = '{VALUE}'", "draw_beacon_tied"),
        (True, "beacon = 'a', beacon_round = 1", "draw_beacon_tied"),
        (
            True,
            "beacon = 'a', beacon_round = 1, beacon_value = 'no digits'",
            "draw_beacon_tied",
        ),
    ],
)
def test_a_draw_goes_together(drawn, changes, name):
    """By the CHECKs alone; without the named one another or none refuses."""
    row = reveal(committed()) if drawn else committed()
    leave_only("draws_draw")
    sql, found = f"UPDATE draws_draw SET {changes} WHERE id = {row.pk}", set()
    while refusal := refused(sql):
        found.add(refusal)
        alter(f"ALTER TABLE draws_draw DROP CONSTRAINT {refusal}")
    assert name in found


def test_the_seed_of_the_statement_is_not_taken():
    draw = committed()
    raw(
        "UPDATE draws_draw SET state = 'drawn', drawn_at = now(), seed = 'x'"
        " WHERE id = %s",
        [draw.pk],
    )
    assert one("SELECT encode(sha256(seed), 'hex') FROM draws_draw") == draw.commitment


def test_a_draw_without_a_stored_seed_is_not_drawn():
    raw(INSERT, ['["a"]', '["a"]'])
    draw = Draw.objects.get()
    assert refused(DRAW, [draw.pk]) == "draw_has_seed"


@pytest.mark.parametrize("value", ["repeat('a', 32)", "'short'", "''"])
def test_another_seed_than_the_committed_one_is_not_stored(value):
    raw(INSERT, ['["a"]', '["a"]'])
    key = [Draw.objects.get().pk]
    insert = f"INSERT INTO draws_seed (draw_id, value) VALUES (%s, {value}::bytea)"
    assert refused(insert, key) == "seed_as_committed"
    drop_guard("seed_as_committed")
    assert refused(insert, key) == ""


def test_a_seed_of_another_length_could_be_guessed_and_is_not_stored():
    raw(INSERT, ['["a"]', '["a"]'])
    key = [Draw.objects.get().pk]
    drop_guard("draw_facts_stay")
    raw("UPDATE draws_draw SET commitment = encode(sha256('short'), 'hex')")
    insert = "INSERT INTO draws_seed (draw_id, value) VALUES (%s, 'short')"
    assert refused(insert, key) == "seed_as_committed"


@pytest.mark.parametrize(
    "change",
    [
        "purpose = 'other'",
        "subject_table = 'other'",
        "subject_id = subject_id + 1",
        "items = 'x'",
        "list_digest = repeat('a', 64)",
        "commitment = repeat('a', 64)",
        "beacon = 'x'",
        "beacon_round = 7",
        "committed_at = now() - interval '1 day'",
    ],
)
def test_what_was_committed_stays(change):
    sql = f"UPDATE draws_draw SET {change} WHERE id = {committed().pk}"
    assert refused(sql) == "draw_facts_stay"
    drop_guard("draw_facts_stay")
    assert refused(sql) != "draw_facts_stay"


@pytest.mark.parametrize(
    "change", ["seed = 'x'", f"beacon_value = '{VALUE}'", "drawn_at = now()"]
)
def test_what_was_drawn_stays(change):
    reveal(committed(beacon=BEACON), beacon_value="ab" * 32)
    sql = f"UPDATE draws_draw SET {change}"
    assert refused(sql) == "draw_outcome_stays"
    drop_guard("draw_outcome_stays")
    assert refused(sql) != "draw_outcome_stays"


def test_a_draw_moves_once_and_starts_committed():
    draw = reveal(committed())
    back = "UPDATE draws_draw SET state = 'committed', seed = NULL, drawn_at = NULL"
    assert refused(f"{back} WHERE id = %s", [draw.pk]) == "draw_moves"
    born = INSERT.replace("'committed',", "'drawn',")
    assert refused(born, ['["a"]', '["a"]']) == "draw_starts"


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        ("DELETE FROM draws_draw", "draw_stays"),
        ("DELETE FROM draws_seed", "seed_stays"),
        ("UPDATE draws_seed SET value = 'x'", "seed_stays"),
    ],
)
def test_draws_and_seeds_stay(harm, name):
    committed()
    assert refused(harm) == name
    drop_guard(name)
    assert refused(harm) != name


def test_the_database_clock_stamps_a_draw():
    raw(INSERT, ['["a"]', '["a"]'])
    draw = committed()
    raw(DRAW.replace("now()", "'2190-01-01'"), [draw.pk])
    late = "committed_at > clock_timestamp() OR drawn_at > clock_timestamp()"
    assert one(f"SELECT count(*) FROM draws_draw WHERE {late}") == 0
    ago = one("SELECT clock_timestamp() - max(drawn_at) FROM draws_draw")
    assert ago < timedelta(minutes=1)


def test_every_constraint_and_guard_has_a_sentence():
    names = {one.name for one in Draw._meta.constraints}
    assert {name for name in names | set(SENTENCES) if not sentence_for(name)} == set()


# --- as the site's role


@pytest.fixture
def site_draw(transactional_db):
    with as_the_site():
        draw = committed()
        assert one("SELECT session_user") == "mycenas_app"
    return draw


SPYING = (
    "SELECT value FROM draws_seed",
    "SELECT count(*) FROM draws_seed",
    "INSERT INTO draws_seed (draw_id, value) VALUES (0, '') RETURNING value",
    "INSERT INTO draws_seed (draw_id, value) VALUES (0, '') ON CONFLICT (draw_id)"
    " DO UPDATE SET value = draws_seed.value",
    "UPDATE draws_seed SET value = 'x'",
    "DELETE FROM draws_seed",
    "TRUNCATE draws_seed",
    "COPY draws_seed TO STDOUT",
    "DELETE FROM draws_draw",
    "TRUNCATE draws_draw CASCADE",
)


@pytest.mark.django_db(transaction=True)
def test_the_site_does_not_read_a_seed_before_the_draw(site_draw):
    with connect() as site:
        for statement in SPYING:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                site.execute(statement)
    with connect(as_owner=True) as owner:
        found = owner.execute("SELECT value FROM draws_seed").fetchall()
    with as_the_site():
        assert reveal(Draw.objects.get()).revealed == bytes(found[0][0])


@pytest.mark.django_db(transaction=True)
def test_a_table_of_ones_own_does_not_reveal_a_seed(site_draw):
    """The function runs as the owner: on another table it would be a way to spy."""
    with connect() as site:
        site.execute("CREATE TEMP TABLE draws_draw (id bigint, state text, seed bytea)")
        site.execute(
            "CREATE TRIGGER spy BEFORE UPDATE ON pg_temp.draws_draw"
            " FOR EACH ROW EXECUTE FUNCTION draw_reveals_seed()"
        )
        site.execute(
            "INSERT INTO pg_temp.draws_draw VALUES (%s, 'committed')", [site_draw.pk]
        )
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            site.execute("UPDATE pg_temp.draws_draw SET state = 'drawn'")
    assert caught.value.diag.constraint_name == "draw_is_a_draw"


@pytest.mark.django_db(transaction=True)
def test_a_draw_that_is_taken_back_reveals_nothing_for_good(site_draw):
    """Who draws and rolls back has seen the seed: the docs state this limit."""
    with as_the_site():
        with transaction.atomic():
            seen = reveal(Draw.objects.get()).revealed
            transaction.set_rollback(True)
        assert reveal(Draw.objects.get()).revealed == seen
