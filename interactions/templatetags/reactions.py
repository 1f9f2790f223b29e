"""What pages show of views and likes."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import template
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mycenas.accounts.models import User
from mycenas.core.db.database import run
from submissions.access import is_own
from submissions.models import Submission

register = template.Library()

REACTIONS = """
SELECT
  (SELECT count(*) FROM interactions_view WHERE submission_id = %(entry)s),
  (SELECT count(*) FROM interactions_like WHERE submission_id = %(entry)s),
  EXISTS (SELECT FROM interactions_like
    WHERE submission_id = %(entry)s AND user_id = %(user)s)
"""


class Reactions(NamedTuple):
    """The numbers of an entry's visitors and likes, and whether one likes it."""

    views: int
    likes: int
    liked: bool


def reactions_to(entry: Submission, user: User | AnonymousUser) -> Reactions:
    return Reactions(*run(REACTIONS, {"entry": entry.pk, "user": user.pk})[0])


@register.inclusion_tag("interactions/_like.html", takes_context=True)
def like_button(context: dict[str, Any], entry: Submission) -> dict[str, Any]:
    """The like button with its count; the context has the `Reactions`."""
    request, reactions = context["request"], context["reactions"]
    user = request.user
    act = "unlike" if reactions.liked else "like"
    return {
        "entry": entry,
        "act_url": reverse(f"interactions:{act}", args=[entry.public_id]),
        "likes": reactions.likes,
        "liked": reactions.liked,
        "signed_in": user.is_authenticated,
        "own": is_own(user, entry),
        "request": request,
    }


@register.simple_tag
def view_pixel(entry: Submission) -> SafeString:
    """Counts a view when the browser fetches it."""
    address = reverse("interactions:view", args=[entry.public_id])
    return format_html(
        '<img class="pixel" src="{}" alt="" width="1" height="1">', address
    )
