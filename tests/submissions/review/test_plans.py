"""Pages of the desk read entries by their indexes, whatever other contests hold."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.staff import lists
from submissions.models import Submission
from submissions.review.finding import by_reference
from submissions.states import SubmissionState as S
from tests.factories import CompetitionFactory, SubmissionFactory, moderator_of, staff

pytestmark = pytest.mark.django_db

QUEUE = reverse("admin:submissions_submission_queue")
LIST = reverse("admin:submissions_submission_changelist")
ENTRIES = '"submissions_submission"'


@pytest.fixture
def desk(signed_in, monkeypatch):
    """The moderator of three entries, and a list with two on a page."""
    competition = CompetitionFactory(state="open", max_entries=9)
    for _ in range(3):
        SubmissionFactory(competition=competition, state=S.PENDING)
    entries = admin.site.get_model_admin(Submission)
    monkeypatch.setattr(entries, "list_per_page", 2)
    return competition, signed_in(moderator_of(competition))


def asked_by(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return [one["sql"] for one in asked]


UNKNOWN = """
SELECT pg_restore_relation_stats('schemaname', schemaname::text,
  'relname', relname::text, 'relpages', 1, 'reltuples', 100::real)
FROM pg_stat_user_tables WHERE relname = ANY (%(tables)s);
SELECT pg_clear_attribute_stats(schemaname, tablename, attname, false)
FROM pg_stats WHERE tablename = ANY (%(tables)s);
"""


def plan_of(statement):
    """How PostgreSQL reads entries, as if there were many.

    It knows nothing of the rows of other tests, which it may have analyzed meanwhile.
    """
    with connection.cursor() as cursor:
        tables = ["submissions_submission", "accounts_user"]
        cursor.execute(UNKNOWN, {"tables": tables})
        for way in ("seqscan", "sort", "hashjoin", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row for (row,) in cursor.fetchall())


@pytest.mark.parametrize("query", ["", "?queue=pending", "?queue=all"])
def test_a_page_of_the_list_comes_in_the_order_of_an_index(desk, query):
    competition, client = desk
    (page,) = (sql for sql in asked_by(client, LIST + query) if "LIMIT 2" in sql)
    plan = plan_of(page)
    assert f"(competition_id = {competition.pk})" in plan
    assert "Sort" not in plan


def test_the_list_counts_no_further_than_it_leads(desk, monkeypatch):
    _competition, client = desk
    monkeypatch.setattr(lists, "MOST_LISTED", 2)
    statements = asked_by(client, LIST)
    counts = [sql for sql in statements if "COUNT(" in sql and ENTRIES in sql]
    assert len(counts) == 1
    assert "LIMIT 3" in counts[0]
    text = unescape(client.get(LIST).content.decode())
    assert "2+ entries. Filters and searches lead to the others." in text
    monkeypatch.setattr(lists, "MOST_LISTED", 3)
    text = unescape(client.get(LIST).content.decode())
    assert "3 entries" in text
    assert "Filters and searches" not in text


def test_the_number_of_a_search_is_bounded_too(desk, monkeypatch):
    competition, client = desk
    (word,) = {one.title.split()[0] for one in competition.submissions.all()}
    monkeypatch.setattr(lists, "MOST_FOUND", 2)
    text = " ".join(client.get(f"{LIST}?q={word}").content.decode().split())
    assert "2+ results" in text


@pytest.mark.parametrize("digits", [8, 64])
def test_a_digest_is_found_by_the_indexes_of_all_three(digits):
    with CaptureQueriesContext(connection) as asked:
        assert not Submission.objects.filter(by_reference("0" * digits))
    plan = plan_of(asked[0]["sql"])
    assert "BitmapOr" in plan
    for index in (
        "submission_same_file",
        "submission_by_line",
        "submission_declared_digest",
    ):
        assert f"Bitmap Index Scan on {index}" in plan


def test_the_queue_reads_entries_of_the_moderated_competitions_alone(desk):
    competition, client = desk
    statements = [sql for sql in asked_by(client, QUEUE) if ENTRIES in sql]
    for statement in statements:
        assert '"accounts_membership"' not in statement
    number = next(sql for sql in statements if "cardinality" in sql)
    assert f"IN ({competition.pk})" in number
    assert f"(competition_id = {competition.pk})" in plan_of(number)


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ORGANIZER])
def test_the_dashboard_looks_at_no_other_competition(desk, signed_in, role):
    competition, _client = desk
    SubmissionFactory(competition=CompetitionFactory(state="open"), state=S.PENDING)
    client = signed_in(staff(role, competition.organization))
    statements = asked_by(client, reverse("admin:index"))
    (numbers,) = (sql for sql in statements if "cardinality" in sql and ENTRIES in sql)
    assert f'"competitions_competition"."id" IN ({competition.pk})' in numbers


def test_the_filter_offers_ones_own_competitions_that_have_entries(desk):
    competition, client = desk
    mine = competition.organization
    CompetitionFactory(title="Without entries", organization=mine)
    elsewhere = CompetitionFactory(title="Elsewhere", state="open")
    SubmissionFactory(competition=elsewhere, state=S.PENDING)
    second = CompetitionFactory(title="Second", organization=mine, state="open")
    SubmissionFactory(competition=second, state=S.PENDING)
    statements = asked_by(client, LIST)
    assert not [sql for sql in statements if "DISTINCT" in sql and ENTRIES in sql]
    text = client.get(LIST).content.decode()
    for one in (competition, second):
        assert f"?competition__id__exact={one.pk}" in text
    assert "Without entries" not in text
    assert "Elsewhere" not in text
