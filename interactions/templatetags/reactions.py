"""What pages show of views and likes."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from submissions.access import is_own
from submissions.models import Submission

register = template.Library()


@register.inclusion_tag("interactions/_like.html", takes_context=True)
def like_button(context: dict[str, Any], entry: Submission) -> dict[str, Any]:
    """The like button with its count."""
    request = context["request"]
    user = request.user
    liked = user.is_authenticated and entry.likes.filter(user=user).exists()
    act = "unlike" if liked else "like"
    return {
        "entry": entry,
        "act_url": reverse(f"interactions:{act}", args=[entry.public_id]),
        "likes": entry.likes.count(),
        "liked": liked,
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


@register.simple_tag
def view_count(entry: Submission) -> int:
    return entry.view_records.count()
