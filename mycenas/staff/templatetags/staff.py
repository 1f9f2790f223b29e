"""What the admin's templates ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import template
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

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


@register.filter
def message_of(entry: LogEntry) -> str:
    """What the log says of an act; as it is stored if Django cannot read it."""
    try:
        return entry.get_change_message()
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return entry.change_message


@register.filter
def labeled(
    cells: Sequence[SafeString], heads: Sequence[dict[str, Any]]
) -> Iterator[SafeString]:
    """The cells of a row of a list, with the heads that narrow screens show in them."""
    for cell, head in zip(cells, heads, strict=True):
        # “<td class=…”; the head of the checkboxes is a checkbox.
        start, rest = SafeString(cell[:3]), SafeString(cell[3:])
        is_checkbox = "action-checkbox" in head.get("class_attrib", "")
        label = "" if is_checkbox else capfirst(head["text"])
        named = format_html(' data-label="{}"', label) if label else SafeString("")
        yield start + named + rest
