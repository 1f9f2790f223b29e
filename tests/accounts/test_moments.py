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

from mycenas.core.db.database import DatabaseNow
from mycenas.core.templatetags.ui import moment_text
from tests.accounts.factor_data import passkey
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
    phone, spare = (
        Authenticator.objects.create(
            user=person,
            type="webauthn",
            data=passkey(name),
            last_used_at=used,
        )
        for name, used in (("Phone", DatabaseNow()), ("Spare", None))
    )
    for row in (person, phone, spare):
        row.refresh_from_db()
    text = signed_in(person).get(reverse("mfa_list_webauthn")).text
    assert "Phone" in text
    for moment in (phone.created_at, phone.last_used_at, spare.created_at):
        assert f'datetime="{moment:%Y-%m-%dT%H:%M:%S}+00:00"' in text
        assert moment_text(moment, "UTC") in text
    assert text.count("Not used.") == 1
