"""What the admin's templates ask."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib import admin
from django.contrib.admin.models import LogEntry

from mycenas.staff.explaining import may_ask
from mycenas.staff.links import with_addresses

register = template.Library()
SHOWN = 10


@register.simple_tag(takes_context=True)
def may_ask_why(context: dict[str, Any]) -> bool:
    """Whether the person may ask what others can see and do."""
    return may_ask(context["request"])


@register.simple_tag(takes_context=True)
def recent_acts(context: dict[str, Any]) -> list[tuple[LogEntry, str]]:
    """What the person did last, with the URL of each object that is open to them."""
    request = context["request"]
    acts = LogEntry.objects.filter(user_id=request.user.pk)
    newest = acts.select_related("content_type")[:SHOWN]
    return with_addresses(admin.site, request, newest)
