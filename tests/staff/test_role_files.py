"""What each role exports, downloads and does with many rows, own and foreign ones.

Kinds of exports and verbs come from their registries, so new ones are asked as well.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.staff.exports.kinds import kinds
from mycenas.staff.exports.models import Export
from tests.factories import UserFactory
from tests.staff.houses import CLOSED, PAGES, pages_of, person_with, undone

pytestmark = pytest.mark.django_db

# The kinds of rows that moderators export; organizers export all of what is theirs.
MODERATORS_EXPORT = {"entries", "decisions", "files"}


def test_a_role_exports_its_kinds_of_rows_of_what_is_its_own(houses, signed_in):
    own, foreign = houses.own, houses.foreign
    scopes = {
        f"{field}-{row.pk}": (field, is_own)
        for is_own, at in ((True, own), (False, foreign))
        for field, row in (
            ("competition", at.objects["submission"].competition),
            ("organization", at.organization),
        )
    }
    scopes["site"] = ("", False)
    wrong = []
    for role, where in (*PAGES, (Role.JUROR, "organization"), ("", "")):
        person = person_with(role, where, own) if role else UserFactory()
        client = signed_in(person)
        for kind in kinds():
            for of, (field, is_own) in scopes.items():
                may = is_own and field in kind.scopes and (role, where) in PAGES
                may = may and (role != "moderator" or kind.name in MODERATORS_EXPORT)
                may = may and where in ("organization", field)
                form = {"kind": kind.name, "of": of, "format": kind.formats[0]}
                with undone():
                    client.post(reverse("admin:exports_export_add"), form)
                    is_made = Export.objects.filter(requested_by=person).exists()
                if is_made is not may:
                    wrong.append((role, where, kind.name, of, is_made))
    assert wrong == []


def test_a_file_is_downloaded_by_its_requester_alone(houses, signed_in):
    export = houses.own.objects["export"]
    address = reverse("admin:exports_export_download", args=[export.pk])
    assert status_of(signed_in(export.requested_by), address) == 200
    for role, kind in PAGES:
        client = signed_in(person_with(role, kind, houses.own))
        assert client.get(address).status_code == 404, (role, kind)
    root = signed_in(UserFactory(is_superuser=True))
    assert root.get(address).status_code == 404


def status_of(client: Client, address: str) -> int:
    """Of a download, which is read to its end."""
    answer: Any = client.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return int(answer.status_code)


def test_staff_download_originals_of_their_own_entries(houses, signed_in):
    def original(at: Any) -> str:
        entry = at.objects["submission"]
        return reverse("submissions:original", args=[entry.public_id])

    for role, kind in (*PAGES, *((one, "organization") for one in CLOSED)):
        client = signed_in(person_with(role, kind, houses.own))
        status = 200 if (role, kind) in PAGES else 404
        assert status_of(client, original(houses.own)) == status, (role, kind)
        assert client.get(original(houses.foreign)).status_code == 404, (role, kind)
    artist = houses.own.objects["submission"].participant
    assert signed_in(artist).get(original(houses.own)).status_code == 404
    assert Client().get(original(houses.own)).status_code == 302


def test_an_act_on_many_rows_leaves_foreign_ones_out(houses, signed_in):
    for role, kind in PAGES:
        client = signed_in(person_with(role, kind, houses.own))
        for name in pages_of(role, kind):
            obj = houses.foreign.objects[name]
            model_admin = admin.site.get_model_admin(type(obj))
            list_page = f"admin:{model_admin.opts.label_lower.replace('.', '_')}"
            for verb in getattr(model_admin, "verbs", ()):
                if not verb.many:
                    continue
                form = {
                    "action": f"{verb.name}_selected",
                    "confirmed": f"{verb.name}_selected",
                    ACTION_CHECKBOX_NAME: obj.pk,
                }
                with undone():
                    answer = client.post(reverse(f"{list_page}_changelist"), form)
                    obj_now = type(obj)._default_manager.get(pk=obj.pk)
                assert obj_now.state == obj.state
                assert str(obj) not in answer.text, (role, verb.name)
