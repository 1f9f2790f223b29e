"""Reason codes: what a moderator may choose, and who edits them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mycenas.accounts.models import Organization, Role
from mycenas.core.audit.actor import acting
from submissions.review import workflow
from submissions.review.reasons.models import Reason
from submissions.review.reasons.queries import reasons_for, reasons_of
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, refusal, refused
from tests.factories import (
    CompetitionFactory,
    OrganizationFactory,
    SubmissionFactory,
    moderator_of,
    staff,
)
from tests.form_data import filled

pytestmark = pytest.mark.django_db

LIST = reverse("admin:reasons_reason_changelist")
ADD = reverse("admin:reasons_reason_add")


def reason(organization: Organization, code: str = "off-topic") -> Reason:
    return organization.reasons.get(code=code)


def form(organization: Organization, **changes: str) -> dict[str, str | int]:
    return {
        "organization": organization.pk,
        "code": "too-late",
        "key": "l",
        "position": 9,
        "is_active": "on",
        "texts-TOTAL_FORMS": 1,
        "texts-INITIAL_FORMS": 0,
        "texts-0-language": "en",
        "texts-0-text": "It was made before the first day.",
        **changes,
    }


def desk(signed_in, organization):
    return signed_in(staff(Role.ORGANIZER, organization))


def test_a_new_organization_has_reasons_in_their_order():
    found = reasons_for(CompetitionFactory())
    assert [(one.key, one.code) for one in found][:2] == [
        ("t", "off-topic"),
        ("b", "rules"),
    ]
    assert found[0].text == "The work does not fit the theme of the competition."
    assert len({one.key for one in found}) == len(found) == 6


def test_a_text_is_in_the_language_of_the_page(settings):
    competition = CompetitionFactory()
    one = reason(competition.organization)
    one.texts.create(language="de", text="Das Thema ist verfehlt.")
    assert reasons_for(competition)[0].text.startswith("The work")
    assert one.text_in("de") == "Das Thema ist verfehlt."
    assert one.text_in("el").startswith("The work")
    one.texts.all().delete()
    assert Reason.objects.get(pk=one.pk).text_in("en") == "off-topic"


def test_what_is_out_of_use_is_not_offered():
    competition = CompetitionFactory()
    Reason.objects.filter(code="off-topic").update(is_active=False)
    assert "off-topic" not in [one.code for one in reasons_for(competition)]


def test_several_organizations_share_the_codes_that_all_of_them_use():
    first, second = OrganizationFactory(), OrganizationFactory()
    reason(second, "rules").delete()
    codes = [one.code for one in reasons_of([first.pk, second.pk])]
    assert "off-topic" in codes
    assert "rules" not in codes
    assert reasons_of([]) == []


def test_an_organizer_adds_and_edits_reasons(signed_in):
    organization = OrganizationFactory()
    client = desk(signed_in, organization)
    assert client.get(LIST).status_code == 200
    assert client.post(ADD, form(organization)).status_code == 302
    made = reason(organization, "too-late")
    assert made.text_in("en") == "It was made before the first day."
    page = reverse("admin:reasons_reason_change", args=[made.pk])
    typed = filled(client.get(page)) | {"texts-0-text": "Too early.", "code": "other"}
    assert client.post(page, typed).status_code == 302
    made.refresh_from_db()
    assert (made.code, made.texts.get().text) == ("too-late", "Too early.")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "off-topic"}, "Another reason has this code"),
        ({"key": "t"}, "Another reason in use has this key"),
        ({"code": "Off Topic"}, "A code has small letters"),
        ({"key": "?"}, "A key is one small letter"),
        ({"key": "a"}, "The keys a, j, k, r, u, x, z do something else"),
        ({"texts-0-text": ""}, "This field is required"),
        ({"texts-0-text": "x" * 501}, "At most 500 characters"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(signed_in, changes, sentence):
    organization = OrganizationFactory()
    answer = desk(signed_in, organization).post(ADD, form(organization, **changes))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert organization.reasons.count() == 6


def test_a_reason_keeps_its_code_and_organization():
    one, other = reason(OrganizationFactory()), OrganizationFactory()
    for change in ("code = 'other'", f"organization_id = {other.pk}"):
        sql = f"UPDATE reasons_reason SET {change} WHERE id = {one.pk}"
        assert refused(sql) == "reason_code_stays"
    sql = f"UPDATE reasons_reason SET is_active = false WHERE id = {one.pk}"
    assert refused(sql) == ""


def test_a_rejection_names_a_code_that_the_organization_uses_then():
    entry = SubmissionFactory(state=S.PENDING)
    used, unused = entry.competition.organization.reasons.all()[:2]
    Reason.objects.filter(pk=unused.pk).update(is_active=False)
    reject = (
        "UPDATE submissions_submission SET state = 'rejected', decision_reason = 'x',"
        f" decided_at = now(), decision_code = %s WHERE id = {entry.pk}"
    )
    for code in (unused.code, "never-heard-of"):
        assert refused(reject, [code]) == "submission_code_in_use"
    workflow.reject(entry, reason="x", code=used.code, by=moderator_of(entry))
    # Later edits change no decision.
    Reason.objects.filter(pk=used.pk).update(is_active=False)
    entry.refresh_from_db()
    assert entry.decision_code == used.code
    drop_guard("submission_code_in_use")
    entry = SubmissionFactory(state=S.PENDING)
    workflow.reject(entry, reason="x", code="never-heard-of", by=moderator_of(entry))


def test_a_code_that_went_out_of_use_meanwhile_is_refused_in_words():
    entry = SubmissionFactory(state=S.PENDING)
    entry.competition.organization.reasons.update(is_active=False)
    with refusal("submission_code_in_use"):
        workflow.reject(entry, reason="x", code="rules", by=moderator_of(entry))


def test_undoing_a_rejection_takes_its_code_off():
    entry = SubmissionFactory(state=S.PENDING)
    moderator = moderator_of(entry)
    with acting(lambda: (moderator.pk, "test")):
        workflow.reject(entry, reason="x", code="rules", by=moderator)
        workflow.undo(entry, by=moderator)
    entry.refresh_from_db()
    assert (entry.state, entry.decision_code) == (S.PENDING, "")


def test_a_reason_of_another_organization_is_not_found(signed_in):
    own, foreign = OrganizationFactory(), reason(OrganizationFactory())
    client = desk(signed_in, own)
    page = reverse("admin:reasons_reason_change", args=[foreign.pk])
    assert client.get(page).status_code == 404
    answer = client.post(ADD, form(foreign.organization))
    assert answer.status_code == 200
    assert foreign.organization.reasons.count() == 6
