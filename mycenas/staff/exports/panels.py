"""Exports on the overview of an organization's or competition's row."""

from __future__ import annotations

from datetime import UTC, tzinfo
from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.access import signed_in
from mycenas.accounts.scopes import Scope, scope_named
from mycenas.core.templatetags.ui import exact_moment
from mycenas.staff.dashboard import Link, Panel
from mycenas.staff.exports.access import columns_for, exports_for
from mycenas.staff.exports.forms import name_of
from mycenas.staff.exports.kinds import Kind, kinds
from mycenas.staff.exports.models import Export
from mycenas.staff.exports.titles import title_of

# Of the newest; the list has all.
SHOWN = 5


def panels(request: HttpRequest, row: Model) -> list[Panel]:
    user, scope = signed_in(request), scope_named(type(row))
    offered = [
        kind
        for kind in kinds()
        if columns_for(user, kind, scope.field, row.pk) and not kind.barred(row, user)
    ]
    made = exports_for(user).filter(scope=scope.field, scope_id=row.pk)
    newest = made.select_related("requested_by").order_by("-pk")[:SHOWN]
    acts = [_to_form(kind, scope, row) for kind in offered]
    zone = getattr(row, "zone", UTC)
    links = [_to_export(export, zone) for export in newest]
    return [Panel(_("Exports"), links=tuple(links), acts=tuple(acts), rank=9)]


def _to_form(kind: Kind, scope: Scope, row: Model) -> Link:
    query = {"kind": kind.name, "of": name_of(scope, row)}
    label = gettext("Export %(rows)s") % {"rows": kind.label}
    return Link(label, f"{reverse('admin:exports_export_add')}?{urlencode(query)}")


def _to_export(export: Export, zone: tzinfo) -> Link:
    facts = {
        "who": export.requested_by,
        "at": exact_moment(export.created_at, zone),
        "state": export.get_state_display(),
    }
    detail = capfirst(gettext("%(state)s; %(who)s, %(at)s") % facts)
    address = reverse("admin:exports_export_change", args=[export.pk])
    return Link(title_of(export), address, detail)
