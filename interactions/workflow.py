"""Counting what people do, one row each."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.db.database import run
from mycenas.core.http.errors import NotAllowed
from mycenas.core.http.visits import visitor_of
from submissions.access import is_own
from submissions.models import Submission

LIKE = """
INSERT INTO interactions_like (submission_id, user_id) VALUES (%s, %s)
ON CONFLICT DO NOTHING
RETURNING id
"""
UNLIKE = """
DELETE FROM interactions_like WHERE submission_id = %s AND user_id = %s
RETURNING id
"""
COUNT_VIEW = """
INSERT INTO interactions_view (submission_id, visitor, viewed_on) VALUES (%s, %s, %s)
ON CONFLICT (submission_id, viewed_on, visitor)
DO UPDATE SET repeats = least(interactions_view.repeats, 1999999999) + 1
RETURNING id
"""

SENTENCES = {
    "like_of_another": _("This is your own entry. Likes come from other people."),
    "like_by_its_person": _("A like is given under the name of the person who acts."),
    "like_once_per_person": _("You like this entry already."),
    "entry_in_gallery": _(
        "This entry is not in the gallery: only accepted entries are seen and liked."
    ),
    "view_once_per_visitor_and_day": _("This visit is counted already."),
    "counted_one_by_one": _("A number of repeats grows by one and starts at none."),
}


def like(submission: Submission, *, by: User) -> None:
    """Like the entry of another person; a second time changes nothing."""
    if is_own(by, submission):
        raise NotAllowed(SENTENCES["like_of_another"], code="like_of_another")
    run(LIKE, [submission.pk, by.pk])


def unlike(submission: Submission, *, by: User) -> None:
    """Take a like back; without one nothing changes."""
    run(UNLIKE, [submission.pk, by.pk])


def count_view(submission: Submission, request: HttpRequest) -> None:
    """Count this visitor once a day, and each further view of the day as a repeat."""
    today = timezone.now().date()
    run(COUNT_VIEW, [submission.pk, visitor_of(request, today), today])
