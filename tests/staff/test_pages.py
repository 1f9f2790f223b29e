"""Pages of the lists of the admin."""

from __future__ import annotations

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from mycenas.core.audit.actor import acting
from submissions.admin import SubmissionAdmin
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    moderator_of,
    organizer_of,
)
from tests.form_data import filled

pytestmark = pytest.mark.django_db

ENTRIES = reverse("admin:submissions_submission_changelist")


def test_an_act_on_all_rows_of_the_last_page_leads_to_the_page_before(
    signed_in, monkeypatch
):
    monkeypatch.setattr(SubmissionAdmin, "list_per_page", 2)
    competition = CompetitionFactory(state="open", max_entries=9)
    entries = [
        SubmissionFactory(competition=competition, state=S.PENDING, title=f"Dusk {n}")
        for n in range(5)
    ]
    client = signed_in(moderator_of(competition))
    page = f"{ENTRIES}?p=3"
    chosen = {ACTION_CHECKBOX_NAME: [entries[4].pk]}
    asked = client.post(page, {"action": "approve_selected", **chosen})
    answer = client.post(page, {**filled(asked), **chosen}, follow=True)
    assert (answer.status_code, answer.redirect_chain) == (200, [(page, 302)])
    assert "Done: Approve, 1 of 1." in answer.text
    assert "Dusk 2" in answer.text
    assert Submission.objects.get(pk=entries[4].pk).state == S.APPROVED


@pytest.mark.parametrize("page", ["x", "²", "٣", "３", "+3", "3_0", " 3"])
def test_a_page_that_is_no_number_is_the_first_one(page, signed_in, monkeypatch):
    monkeypatch.setattr(SubmissionAdmin, "list_per_page", 2)
    competition = CompetitionFactory(state="open", max_entries=9)
    for n in range(5):
        SubmissionFactory(competition=competition, state=S.PENDING, title=f"Dusk {n}")
    answer = signed_in(moderator_of(competition)).get(ENTRIES, {"p": page})
    assert (answer.status_code, answer.context["cl"].page_num) == (200, 1)


@pytest.mark.parametrize("page", ["0", "-3", "99", "x"])
def test_a_page_that_is_not_there_is_the_last_one_or_the_first(page, signed_in):
    moderator = moderator_of(SubmissionFactory(state=S.PENDING, title="Dusk"))
    answer = signed_in(moderator).get(ENTRIES, {"p": page})
    assert (answer.status_code, "Dusk" in answer.text) == (200, True)


@pytest.mark.parametrize(
    "message", ["[1]", '[{"added": 5}]', "[{}, null]", "[", "{}", "[" * 5000]
)
def test_an_unreadable_message_of_the_log_is_shown_as_it_is(signed_in, message):
    competition = CompetitionFactory()
    organizer = organizer_of(competition)
    drop_guard("admin_log_can_be_shown")
    with acting(lambda: (organizer.pk, "test")):
        LogEntry.objects.create(
            user=organizer,
            content_type=ContentType.objects.get_for_model(competition),
            object_id=str(competition.pk),
            object_repr="A contest",
            action_flag=CHANGE,
            change_message=message,
        )
    client = signed_in(organizer)
    history = "admin:competitions_competition_history"
    for page in (reverse("admin:index"), reverse(history, args=[competition.pk])):
        assert client.get(page).status_code == 200
