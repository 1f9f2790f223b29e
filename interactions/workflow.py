"""Counting what people do, one row each."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from interactions.models import Like, View
from mycenas.accounts.models import User
from mycenas.core.errors import NotAllowed
from mycenas.core.network import client_address
from submissions.access import is_own
from submissions.models import Submission

SENTENCES = {
    "like_of_another": _("This is your own entry. Likes come from other people."),
    "like_once_per_person": _("You like this entry already."),
    "view_once_per_visitor_and_day": _("This visit is counted already."),
}


def like(submission: Submission, *, by: User) -> None:
    """Like the entry of another person; a second time changes nothing."""
    if is_own(by, submission):
        raise NotAllowed(SENTENCES["like_of_another"], code="like_of_another")
    Like.objects.bulk_create(
        [Like(submission=submission, user=by)], ignore_conflicts=True
    )


def unlike(submission: Submission, *, by: User) -> None:
    """Take a like back; without one nothing changes."""
    Like.objects.filter(submission=submission, user=by).delete()


def count_view(submission: Submission, request: HttpRequest) -> None:
    """Count this visitor once a day, without a cookie and without an address kept."""
    today = timezone.now().date()
    View.objects.bulk_create(
        [
            View(
                submission=submission,
                visitor=_visitor(request, today.isoformat()),
                viewed_on=today,
            )
        ],
        ignore_conflicts=True,
    )


def _visitor(request: HttpRequest, day: str) -> str:
    """A keyed digest that changes daily."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    text = f"{day} {client_address(request)} {agent}"
    digest = salted_hmac("interactions.view", text, secret=settings.SECRET_KEY)
    return digest.hexdigest()[:32]
