"""Compiled queries: the same rows as Django's own."""

from __future__ import annotations

import pytest
from django.db.models import Value
from django.http import Http404

from mycenas.core.db.compiled import compiled
from submissions.gallery.queries import with_sizes
from submissions.models import Rendition, Submission
from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory

pytestmark = pytest.mark.django_db


@compiled
def entries(keys, title):
    rows = Submission.objects.filter(pk__any_of=keys, title=title, state=S.APPROVED)
    rows = with_sizes(rows.annotate(share=Value("100 % of %s")).order_by("-pk"))
    return rows.select_related("participant", "category").only(
        "title", "participant__name", "category__name"
    )


@compiled
def widths(entry):
    rows = Rendition.objects.filter(submission=entry).order_by("width_class")
    return rows.values_list("width_class", "submission__title")


def approved(**facts):
    return SubmissionFactory(state=S.APPROVED, **facts)


def test_rows_come_with_those_joined_and_what_was_added(django_assert_num_queries):
    first, second, other = (approved(title=title) for title in ("A %", "A %", "B"))
    keys = [one.pk for one in (first, second, other)]
    pictures, name = second.pictures, second.participant.name
    with django_assert_num_queries(1):
        found = entries(keys=keys, title="A %")
        assert found == [second, first]
        assert found[0].participant.name == name
        assert found[0].category is None
        assert found[0].share == "100 % of %s"
        assert found[0].pictures == pictures
    assert found[0].get_deferred_fields() >= {"description", "sha256"}


def test_each_call_has_its_own_values():
    one, two = approved(), approved()
    assert entries(keys=[one.pk], title=one.title) == [one]
    assert entries(keys=[two.pk], title=two.title) == [two]
    assert entries(keys=[], title=two.title) == []


def test_plain_values_come_as_django_gives_them():
    entry = approved()
    assert widths(entry=entry.pk) == list(
        entry.renditions.order_by("width_class").values_list(
            "width_class", "submission__title"
        )
    )


def test_a_missing_row_is_not_found():
    entry = approved()
    assert entries.get_or_404(keys=[entry.pk], title=entry.title) == entry
    with pytest.raises(Http404):
        entries.get_or_404(keys=[entry.pk], title="No such title")
