"""The contact address of a competition: on its page, and checked as mail addresses."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.database.tools import refused
from tests.factories import CompetitionFactory, organizer_of
from tests.form_data import filled

pytestmark = pytest.mark.django_db

SET = "UPDATE competitions_competition SET contact = %s WHERE id = %s"


def test_the_page_shows_it(client):
    competition = CompetitionFactory(state="open", contact="hello@example.org")
    page = client.get(competition.get_absolute_url()).text
    assert '<a href="mailto:hello@example.org">' in page
    without = CompetitionFactory(state="open")
    assert "mailto:" not in client.get(without.get_absolute_url()).text


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("Hello@Example.org", "hello@example.org"), ("", ""), ("hello", None)],
)
def test_the_form_keeps_mail_addresses_only(signed_in, typed, stored):
    competition = CompetitionFactory(contact="old@example.org")
    client = signed_in(organizer_of(competition))
    page = reverse("admin:competitions_competition_change", args=[competition.pk])
    answer = client.post(page, filled(client.get(page), contact=typed))
    competition.refresh_from_db()
    if stored is None:
        assert "is not a mail address" in str(answer.context["errors"])
        assert competition.contact == "old@example.org"
    else:
        assert competition.contact == stored


@pytest.mark.parametrize(
    "text", ["hello", "Hello@example.org", "a@b.", "@b", "a@", "a b@c.org", "a@b\nc"]
)
def test_postgresql_refuses_other_texts(text):
    competition = CompetitionFactory()
    assert refused(SET, [text, competition.pk]) == "competition_contact_canonical"
    assert refused(SET, ["hello@example.org", competition.pk]) == ""
