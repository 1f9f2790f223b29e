"""Links from lists of the admin to the exports of what they show."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from mycenas.accounts.access import signed_in
from mycenas.staff.dashboard import Link
from mycenas.staff.exports.access import kinds_for

register = template.Library()


@register.simple_tag(takes_context=True)
def list_exports(context: dict[str, Any]) -> list[Link]:
    """Links to export the rows of this list, with its filters."""
    request, model = context["request"], context["cl"].model
    address = reverse("admin:exports_export_add")
    found = []
    for kind in kinds_for(signed_in(request)):
        if kind.model is not model:
            continue
        if (filters := kind.listed(request.GET.dict())) is not None:
            query = {"kind": kind.name, **filters}
            chosen = urlencode({name: value for name, value in query.items() if value})
            label = gettext("Export %(rows)s") % {"rows": kind.label}
            found.append(Link(label, f"{address}?{chosen}"))
    return found
