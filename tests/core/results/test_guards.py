"""The same by SQL: what PostgreSQL refuses of results."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from mycenas.accounts.models import Organization
from mycenas.core.http.errors import sentence_for
from mycenas.core.models import ConstrainedModel
from mycenas.core.results import workflow
from mycenas.core.results.constraints import SENTENCES
from mycenas.core.results.models import Result
from tests.core.results.counted import NAME, proposed, rename, sealed, superseded
from tests.database.approle import as_the_site, connect
from tests.database.tools import alter, drop_guard, one, raw, refused
from tests.factories import OrganizationFactory, UserFactory
from tests.races.tools import without_trigger

pytestmark = pytest.mark.django_db

TABLE = "results_result"
COLUMNS = (
    "kind", "subject_table", "subject_id", "method", "version", "parameters",
    "inputs", "inputs_sha256", "ranking", "ranking_sha256", "computed_at",
    "supersedes_id", "approval_id",
)  # fmt: skip
ANOTHER = {"subject_id": "subject_id + 1000"}


def copy_sql(**changes: str) -> str:
    """An INSERT of a copy of the row with this key; some columns by SQL."""
    picked = ", ".join(changes.get(column, column) for column in COLUMNS)
    return (
        f"INSERT INTO {TABLE} ({', '.join(COLUMNS)})"
        f" SELECT {picked} FROM {TABLE} WHERE id = %s"
    )


def without(name: str) -> None:
    """Take a trigger, a constraint or a unique index of results away."""
    if one("SELECT true FROM pg_trigger WHERE tgname = %s", [name]):
        drop_guard(name)
    elif one("SELECT true FROM pg_constraint WHERE conname = %s", [name]):
        alter(f"ALTER TABLE {TABLE} DROP CONSTRAINT {name}")
    else:
        alter(f"DROP INDEX {name}")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"inputs_sha256": "ranking_sha256"}, "result_inputs_have_digest"),
        ({"ranking_sha256": "inputs_sha256"}, "result_ranking_has_digest"),
        ({"inputs": "inputs || ' '::bytea"}, "result_inputs_have_digest"),
        ({"ranking": "ranking || ' '::bytea"}, "result_ranking_has_digest"),
        ({"method": "'other'"}, "result_as_in_documents"),
        ({"version": "2"}, "result_as_in_documents"),
        ({"parameters": "'{}'"}, "result_as_in_documents"),
        ({"approval_id": "1"}, "result_superseding_approved"),
    ],
)
def test_a_result_goes_together(changes, name):
    if "inputs_sha256" in changes:
        drop_guard("result_as_in_documents")
    insert, key = copy_sql(**ANOTHER, **changes), [sealed().pk]
    assert refused(insert, key) == name
    without(name)
    assert refused(insert, key) != name


@pytest.mark.parametrize(
    "document",
    [
        "'no JSON'::bytea",
        "'\\xff'::bytea",
        "''::bytea",
        "'[1]'::bytea",
        "convert_to('{\"method\": \"a\\u0000\"}', 'UTF8')",
    ],
)
def test_a_document_that_is_none_is_refused_by_name(document):
    key = [sealed().pk]
    for column in ("inputs", "ranking"):
        changes = {
            column: document,
            f"{column}_sha256": f"encode(sha256({document}), 'hex')",
        }
        insert = copy_sql(**ANOTHER, **changes)
        assert refused(insert, key) == "result_as_in_documents"


def test_a_ranking_of_other_inputs_is_refused():
    first, second = sealed(), sealed("other words")
    insert = copy_sql(
        **ANOTHER,
        inputs=f"(SELECT inputs FROM {TABLE} WHERE id = {second.pk})",
        inputs_sha256=f"'{second.inputs_sha256}'",
    )
    assert refused(insert, [first.pk]) == "result_as_in_documents"
    drop_guard("result_as_in_documents")
    assert refused(insert, [first.pk]) == ""


def test_a_second_result_of_one_subject_is_refused():
    key = [sealed().pk]
    assert refused(copy_sql(), key) == "result_sealed_once"
    assert refused(copy_sql(**ANOTHER), key) == ""
    without("result_sealed_once")
    assert refused(copy_sql(), key) == ""


def confirmed(result: Result) -> Any:
    """A confirmed proposal that was not carried out."""
    rename(result)
    approval = proposed(result)
    raw(
        "UPDATE approvals_approval SET state = 'confirmed', decided_by_id = %s,"
        " decided_at = now() WHERE id = %s",
        [UserFactory().pk, approval.pk],
    )
    return approval


def superseding(result: Result, approval: Any, **changes: str) -> str:
    """Why PostgreSQL refuses what would be counted now as the next result."""
    rows = Result.objects.filter(pk=workflow.seal(NAME, twin(result)).pk)
    given = {
        "subject_id": str(result.subject_id),
        "supersedes_id": str(result.pk),
        "approval_id": str(approval.pk),
        **changes,
    }
    return refused(copy_sql(**given), [rows.get().pk])


def twin(result: Result) -> int:
    """An organization with the words that the subject of the result has now."""
    subject = Organization.objects.get(pk=result.subject_id)
    return int(OrganizationFactory(name=subject.name).pk)


def test_a_confirmed_proposal_of_exactly_these_inputs_supersedes():
    result = sealed()
    assert superseding(result, confirmed(result)) == ""


@pytest.mark.parametrize("state", ["proposed", "declined", "withdrawn"])
def test_a_proposal_that_is_not_confirmed_supersedes_nothing(state):
    result = sealed()
    rename(result)
    approval = proposed(result)
    if state != "proposed":
        by = approval.proposed_by if state == "withdrawn" else UserFactory()
        raw(
            "UPDATE approvals_approval SET state = %s, decided_by_id = %s,"
            " decided_at = now(), decision_reason = 'why' WHERE id = %s",
            [state, by.pk, approval.pk],
        )
    assert superseding(result, approval) == "result_superseded_by_two"
    drop_guard("result_supersedes")
    assert superseding(result, approval) == ""


def test_an_approval_of_other_inputs_or_another_result_supersedes_nothing():
    result, other = sealed(), sealed("d ee")
    approval = confirmed(result)
    assert superseding(result, confirmed(other)) == "result_superseded_by_two"
    rename(result, "not what was approved")
    assert superseding(result, approval) == "result_superseded_by_two"


def test_a_result_of_another_subject_is_not_superseded():
    result, other = sealed(), sealed("d ee")
    approval = confirmed(result)
    name = superseding(result, approval, subject_id=str(other.subject_id + 1000))
    assert name == "result_supersedes_own"
    name = superseding(result, approval, supersedes_id=str(other.pk))
    assert name == "result_supersedes_own"


def test_a_result_is_superseded_once_and_by_one_approval():
    result = sealed()
    other = superseded(result)
    key = [other.pk]
    for name in ("result_superseded_once", "result_once_per_approval"):
        assert refused(copy_sql(), key) == name
        without(name)
    assert refused(copy_sql(), key) == ""


@pytest.mark.parametrize(
    "harm", ["UPDATE results_result SET subject_id = 7", "DELETE FROM results_result"]
)
def test_a_result_stays(harm):
    sealed()
    assert refused(harm) == "result_stays"
    drop_guard("result_stays")
    assert refused(harm) == ""


def test_the_database_clock_stamps_a_result():
    key = [sealed().pk]
    raw(copy_sql(**ANOTHER, computed_at="'2190-01-01'"), key)
    ago = one(f"SELECT clock_timestamp() - max(computed_at) FROM {TABLE}")
    assert timedelta() <= ago < timedelta(minutes=1)
    drop_guard("result_stamped")
    raw(copy_sql(subject_id="subject_id + 2", computed_at="'2190-01-01'"), key)
    assert one(f"SELECT max(computed_at) > now() FROM {TABLE}")


def test_every_constraint_and_guard_has_a_sentence():
    names = {one.name for one in Result._meta.constraints}
    assert issubclass(Result, ConstrainedModel)
    assert {name for name in names | set(SENTENCES) if not sentence_for(name)} == set()


# --- as the site's role


@pytest.mark.django_db(transaction=True)
def test_the_site_seals_and_supersedes_and_neither_changes_nor_removes():
    # The kind of this test is none that the site knows.
    kind = without_trigger("approval_has_known_kind", "approvals_approval")
    with kind, as_the_site():
        result = sealed()
        superseded(result)
        assert one("SELECT session_user") == "mycenas_app"
        connection.close()
    with connect() as site:
        for harm in (
            "UPDATE results_result SET method = 'other'",
            "DELETE FROM results_result",
            "TRUNCATE results_result CASCADE",
            "ALTER TABLE results_result DISABLE TRIGGER result_stays",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                site.execute(harm)
        with pytest.raises(psycopg.errors.UniqueViolation) as second:
            site.execute(copy_sql(), [result.pk])
    assert second.value.diag.constraint_name == "result_sealed_once"
