"""Fields of the admin: lengths of time and choices in words, heads of tables."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from mycenas.staff.form_fields import SpanField
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    organizer_of,
)

SPANS = {
    "15 minutes": timedelta(minutes=15),
    "1 day": timedelta(days=1),
    "1 day 12 hours": timedelta(days=1, hours=12),
    "1 second": timedelta(seconds=1),
}


@pytest.mark.parametrize(("words", "value"), SPANS.items())
def test_a_length_of_time_is_shown_and_read_in_words(words, value):
    field = SpanField()
    assert field.prepare_value(value) == words
    assert field.clean(words) == value
    assert not field.has_changed(value, words)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0:15:00", timedelta(minutes=15)),
        ("1 00:00:00", timedelta(days=1)),
        ("2 Days, 3h", timedelta(days=2, hours=3)),
        ("90min", timedelta(minutes=90)),
    ],
)
def test_a_length_of_time_is_read_as_people_and_django_write_it(typed, value):
    assert SpanField().clean(typed) == value


@pytest.mark.parametrize("typed", ["soon", "1 month", "999999999 days 9 days", "days"])
def test_what_is_no_length_of_time_is_refused(typed):
    with pytest.raises(ValidationError):
        SpanField().clean(typed)


def test_a_fraction_of_a_second_stays_as_it_is():
    field, value = SpanField(), timedelta(microseconds=5)
    assert field.clean(field.prepare_value(value)) == value


@pytest.mark.django_db
def test_forms_have_no_dashes_no_figures_and_no_column_without_a_name(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    draft = CompetitionFactory(organization=entry.competition.organization)
    reason = draft.organization.reasons.first()
    organizer = signed_in(organizer_of(entry))
    root = signed_in(UserFactory(is_superuser=True))
    change = reverse("admin:competitions_competition_change", args=[draft.pk])
    pages = [
        organizer.get(change),
        organizer.get(reverse("admin:competitions_competition_add")),
        organizer.get(reverse("admin:campaigns_campaign_add")),
        organizer.get(reverse("admin:submissions_submission_changelist")),
        organizer.get(reverse("admin:reasons_reason_change", args=[reason.pk])),
        root.get(reverse("admin:accounts_organization_add")),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "---------" not in page.text
        assert not re.search(r"<th[^>]*>\s*</th>", page.text)
    assert 'value="15 minutes"' in pages[0].text
    assert 'value="1 day"' in pages[0].text
