"""Pages of libraries name the zone of each moment, as our own pages do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import allauth
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.template.loader import get_template
from django.urls import reverse

from tests.accounts.people import known_person

MOMENT = re.compile(r"\|\s*(date|time|natural\w+)\b")
# Templates of apps that this site does not install.
OTHERS = ("usersessions/", "socialaccount/", "openid/", "idp/", "headless/")


def templates_with_moments():
    for library in (allauth, admin):
        folder = Path(str(library.__file__)).parent / "templates"
        for file in folder.rglob("*.*"):
            name = file.relative_to(folder).as_posix()
            if not name.startswith(OTHERS) and MOMENT.search(file.read_text()):
                yield name


def test_each_page_of_a_library_with_moments_is_replaced():
    names = list(templates_with_moments())
    assert "mfa/webauthn/authenticator_list.html" in names
    ours = str(settings.BASE_DIR / "templates")
    for name in names:
        template: Any = get_template(name)
        assert template.origin.name.startswith(ours), name
        assert not MOMENT.search(template.template.source), name


@pytest.mark.django_db
def test_passkeys_are_listed_with_the_moments_of_adding_and_use(signed_in):
    person = known_person()
    for name, used in (("Phone", "2026-05-14T09:30Z"), ("Spare", None)):
        Authenticator.objects.create(
            user=person,
            type="webauthn",
            data={"name": name, "credential": {}},
            created_at="2026-05-01T08:00Z",
            last_used_at=used,
        )
    person.refresh_from_db()
    text = signed_in(person).get(reverse("mfa_list_webauthn")).text
    assert "Phone" in text
    assert "14 May 2026, 09:30 (UTC)" in text
    assert text.count("1 May 2026, 08:00 (UTC)") == 2
    assert text.count("Not used.") == 1
