"""Every action of every list on the desk asks before it changes anything."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.urls import reverse

from mycenas.accounts.models import Membership, Organization, Role, User
from mycenas.staff import bulk
from submissions.models import Award, Submission
from submissions.states import SubmissionState as S
from tests.accounts.factor_data import SECRET
from tests.database.tools import rows
from tests.factories import (
    AwardFactory,
    CampaignFactory,
    SubmissionFactory,
    UserFactory,
    contest,
)

pytestmark = pytest.mark.django_db

TABLES = """
SELECT format('%I', relname) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
  AND relname NOT IN ('django_session', 'django_content_type')
ORDER BY relname
"""


def everything() -> dict[str, Any]:
    """All rows of all tables."""
    return {
        table: sorted(map(repr, rows(f"SELECT * FROM {table}")))
        for (table,) in rows(TABLES)
    }


@pytest.fixture
def superuser() -> User:
    """May do everything that Django's permissions and all roles give."""
    person: User = UserFactory(is_staff=True, is_superuser=True)
    entry = SubmissionFactory(state=S.PENDING)
    award = AwardFactory(submission=contest("closed").submissions.get())
    CampaignFactory()
    EmailAddress.objects.create(user=entry.participant, email="ada@example.org")
    Authenticator.objects.create(
        user=entry.participant, type="totp", data={"secret": SECRET}
    )
    for organization in Organization.objects.all():
        for role in (Role.ORGANIZER, Role.MODERATOR):
            Membership.objects.create(user=person, organization=organization, role=role)
    assert Award.objects.get() == award
    return person


def list_of(desk: Any) -> str:
    name = f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist"
    return f"{reverse(name)}?queue=all" if desk.model is Submission else reverse(name)


def test_the_first_post_of_every_action_changes_nothing(signed_in, superuser, rf):
    client = signed_in(superuser)
    request = rf.get("/")
    request.user = superuser
    tried = set()
    for model, desk in admin.site._registry.items():
        chosen = list(desk.get_queryset(request).values_list("pk", flat=True)[:5])
        for action in desk.get_actions(request):
            before = everything()
            form = {
                "action": action,
                ACTION_CHECKBOX_NAME: chosen,
                "reason": "Blurred.",
            }
            answer = client.post(list_of(desk), form)
            assert chosen, model
            assert answer.status_code == 200, action
            assert b'method="post"' in answer.content
            assert everything() == before, action
            tried.add((desk.opts.model_name, action))
    assert tried >= {
        ("submission", "approve_selected"),
        ("submission", "reject_selected"),
        ("emailaddress", "make_verified"),
        ("emailaddress", "delete_selected"),
        ("user", "delete_selected"),
        ("organization", "delete_selected"),
    }


def test_an_action_of_another_package_happens_after_the_question(signed_in, superuser):
    address = EmailAddress.objects.get()
    client = signed_in(superuser)
    desk = admin.site._registry[EmailAddress]
    form = {"action": "make_verified", ACTION_CHECKBOX_NAME: address.pk}
    asked = client.post(list_of(desk), form).content.decode()
    assert "ada@example.org" in asked
    client.post(list_of(desk), {**form, "confirmed": "make_verified"})
    address.refresh_from_db()
    assert address.verified


def test_too_many_rows_are_left_as_they_are(signed_in, superuser, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_ROWS", 0)
    entry = Submission.objects.get(state=S.PENDING)
    client = signed_in(superuser)
    desk = admin.site._registry[Submission]
    form = {"action": "approve_selected", ACTION_CHECKBOX_NAME: entry.pk}
    answer = client.post(list_of(desk), {**form, "confirmed": "approve_selected"})
    (sentence,) = map(str, get_messages(answer.wsgi_request))
    assert "1 rows are chosen; the limit is 0." in sentence
    entry.refresh_from_db()
    assert entry.state == S.PENDING


def test_verbs_with_a_form_of_one_object_are_no_actions():
    for desk in admin.site._registry.values():
        for verb in getattr(desk, "verbs", ()):
            assert not (verb.many and verb.wants_object), verb.name
