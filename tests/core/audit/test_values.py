"""Values of the journal in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from mycenas.core.audit.history import Change, history_of
from mycenas.core.audit.values import NOTHING
from mycenas.core.models import AuditEntry
from submissions.states import SubmissionState as S
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
)

pytestmark = pytest.mark.django_db


def write(row, **changes):
    """A line of the journal, as only the owner of the tables can write it."""
    AuditEntry.objects.create(
        table_name=row._meta.db_table,
        row_id=row.pk,
        operation="UPDATE",
        changes=changes,
        source="",
        reason="",
        database_role="owner",
    )


def test_a_change_at_the_end_of_a_value_is_shown():
    competition = CompetitionFactory(summary=f"{'Pictures ' * 12}of one room.")
    competition.summary = f"{'Pictures ' * 12}of two rooms."
    competition.save()
    (change,) = history_of(competition)[-1].changes
    assert change.before.endswith("Pictures of one room.")
    assert change.after.endswith("Pictures of two rooms.")


def test_what_changed_in_long_rules_is_shown_with_the_words_around_it():
    rules = [f"Rule {number} of the contest holds." for number in range(200)]
    competition = CompetitionFactory(rules="\n".join(rules), brief="")
    rules[3], rules[150] = "The prize is 100 euros.", "Everybody may enter."
    competition.rules = "\n".join(rules)
    competition.brief = "Show a room."
    competition.save()
    brief, changed = history_of(competition)[-1].changes
    assert (brief.name, brief.before) == ("brief", NOTHING)
    assert brief.after == "Show a room."
    assert changed.name == "rules"
    assert "Rule 3 of the contest holds." in changed.before
    assert "Rule 150 of the contest holds." in changed.before
    assert "The prize is 100 euros." in changed.after
    assert "Everybody may enter." in changed.after
    assert "Rule 100" not in changed.before + changed.after


def test_a_length_of_time_is_shown_in_words():
    competition = CompetitionFactory(upload_window=timedelta(minutes=15))
    competition.upload_window = timedelta(days=1, hours=12)
    competition.save()
    (change,) = history_of(competition)[-1].changes
    assert (change.before, change.after) == ("15 minutes", "1 day 12 hours")


def test_texts_that_are_not_kept_are_shown_as_such():
    entry = SubmissionFactory(description="Taken at night.")
    write(entry, description=["0" * 32, "1" * 32], title=["2" * 32, "Night"])
    made, changed = history_of(entry)[0], history_of(entry)[-1]
    unkept = "a text that is not kept here"
    assert Change("description", NOTHING, unkept) in made.changes
    assert changed.changes == (
        Change("description", unkept, "another text"),
        # A title of such letters is no digest.
        Change("title", "2" * 32, "Night"),
    )


def test_an_empty_text_that_is_not_kept_is_shown_as_nothing():
    made = history_of(SubmissionFactory(description=""))[0].changes
    assert "description" not in [change.name for change in made]


def test_rows_are_shown_by_their_names_with_one_query_for_each_model(
    django_assert_num_queries,
):
    competition = CompetitionFactory(title="Night", state="open")
    entry = SubmissionFactory(competition=competition)
    one, other = CategoryFactory(name="Old"), CategoryFactory(name="New")
    write(entry, category_id=[one.pk, other.pk], replaces_id=[None, 10**9])
    write(entry, category_id=[other.pk, one.pk])
    with django_assert_num_queries(5):
        # The journal, people, competitions, categories and entries.
        events = history_of(entry)
    assert Change("competition", NOTHING, "Night") in events[0].changes
    changes = events[-2].changes + events[-1].changes
    assert {(change.before, change.after) for change in changes} == {
        ("Old", "New"),
        ("New", "Old"),
        (NOTHING, str(10**9)),
    }


def test_two_rows_of_one_name_are_distinguished():
    entry = SubmissionFactory()
    one, other = CategoryFactory(name="Night"), CategoryFactory(name="Night")
    write(entry, category_id=[one.pk, other.pk])
    (change,) = history_of(entry)[-1].changes
    assert change.before == f"Night ({one.pk})"
    assert change.after == f"Night ({other.pk})"


def test_rows_that_the_reader_does_not_see_stay_numbers(signed_in):
    competition = CompetitionFactory(title="Ours")
    foreign = OrganizationFactory(name="The secret hall")
    write(competition, organization_id=[foreign.pk, competition.organization_id])
    address = reverse("admin:competitions_competition_history", args=[competition.pk])
    by = organizer_of(competition)
    text = " ".join(signed_in(by).get(address).text.split())
    shown = f"from <del>{foreign.pk}</del> to <ins>{competition.organization}</ins>"
    assert shown in text
    assert "The secret hall" not in text
    root = UserFactory(is_staff=True, is_superuser=True)
    assert "The secret hall" in signed_in(root).get(address).text


def test_a_moderator_reads_the_competition_of_an_entry_by_its_name(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    address = reverse("admin:submissions_submission_history", args=[entry.pk])
    text = signed_in(moderator_of(entry)).get(address).text
    assert f"<ins>{entry.competition}</ins>" in text
