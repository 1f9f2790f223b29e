"""A result is sealed once; another one needs two persons and the same inputs."""

from __future__ import annotations

import hashlib
import io

import pytest
from django.core.management import CommandError, call_command

from mycenas.core.approvals import workflow as approvals
from mycenas.core.approvals.models import Approval
from mycenas.core.approvals.states import ApprovalState
from mycenas.core.audit.history import history_of
from mycenas.core.http.errors import NotAllowed, ProblemError
from mycenas.core.models import AuditEntry
from mycenas.core.results import workflow
from mycenas.core.results.models import Result
from tests.core.results.counted import NAME, proposed, rename, sealed, superseded
from tests.database.tools import drop_guard, raw
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_result_has_its_documents_and_their_digests():
    result = Result.objects.get(pk=sealed().pk)
    assert result.document["ranking"] == ["bbb", "cc", "a"]
    assert (result.method, result.version) == ("length", 1)
    assert result.parameters == {"of": "words"}
    digests = [
        hashlib.sha256(one).hexdigest() for one in (result.inputs, result.ranking)
    ]
    assert digests == [result.inputs_sha256, result.ranking_sha256]
    assert str(result) == f"{NAME} {result.subject_id}, {digests[1][:12]}"


def test_sealing_again_counts_nothing_again():
    result = sealed()
    rename(result)
    assert workflow.seal(NAME, result.subject_id) == result
    assert Result.objects.count() == 1


def test_two_persons_supersede_a_result():
    result = sealed()
    other = superseded(result)
    assert other.document["ranking"] == ["cccc", "bbb", "a"]
    standing = Result.objects.of(NAME, result.subject_id).standing()
    assert list(standing) == [other]
    assert workflow.seal(NAME, result.subject_id) == other
    rename(other, "a")
    approval = proposed(other)
    approvals.confirm(approval, digest=approval.digest, by=UserFactory())
    assert Result.objects.of(NAME, result.subject_id).count() == 3


def test_what_has_not_changed_is_not_counted_again():
    with pytest.raises(ProblemError, match="Nothing has changed"):
        proposed(sealed())


def test_what_was_proposed_is_sealed_or_nothing():
    result = sealed()
    rename(result)
    approval = proposed(result)
    rename(result, "quite another name")
    with pytest.raises(ProblemError, match="has changed since"):
        approvals.confirm(approval, digest=approval.digest, by=UserFactory())
    assert Result.objects.count() == 1
    assert Approval.objects.get().state == ApprovalState.PROPOSED


def test_the_kind_decides_who_may():
    result = sealed()
    rename(result)
    stranger = UserFactory(is_active=False)
    with pytest.raises(NotAllowed, match="Only active people"):
        workflow.propose_superseding(result, reason="Mistyped.", by=stranger)
    approval = proposed(result)
    with pytest.raises(NotAllowed, match="Only active people"):
        approvals.confirm(approval, digest=approval.digest, by=stranger)


def test_the_journal_has_the_digests_and_neither_inputs_nor_ranking():
    result = sealed("a do-not-print cc")
    (made,) = AuditEntry.objects.filter(table_name="results_result")
    assert made.changes["inputs_sha256"] == [None, result.inputs_sha256]
    assert not {"inputs", "ranking"} & set(made.changes)
    assert len(history_of(result)) == 1


def test_the_command_counts_a_result_again():
    result = sealed()
    out = io.StringIO()
    call_command("replay", result.pk, stdout=out)
    assert "reproduced byte for byte" in out.getvalue()
    assert result.ranking_sha256 in out.getvalue()
    with pytest.raises(CommandError, match="no result 0"):
        call_command("replay", 0)


def test_the_command_finds_a_ranking_that_was_changed():
    result = sealed()
    drop_guard("result_stays")
    raw(
        "UPDATE results_result SET ranking = ranking || ' '::bytea,"
        " ranking_sha256 = encode(sha256(ranking || ' '::bytea), 'hex')"
    )
    with pytest.raises(CommandError, match="does not make this ranking"):
        call_command("replay", result.pk, stdout=io.StringIO())
