"""Second factors are of a type, and have what the library reads at sign-in."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any, NamedTuple

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import CommandError, call_command

from mycenas.accounts import factors
from mycenas.core.models import AuditEntry
from tests.accounts.factor_data import SECRET, passkey
from tests.database.tools import alter, one, raw, refused
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

RULE = "authenticator_can_be_read"
SQL = (
    "INSERT INTO mfa_authenticator (type, data, user_id, created_at)"
    " VALUES (%s, %s, %s, now())"
)


def changed(path: str, value: Any) -> dict[str, Any]:
    """A passkey with another value at a place below its credential."""
    data = passkey()
    *names, last = path.split(".")
    place = data["credential"]
    for name in names:
        place = place.setdefault(name, {})
    place[last] = value
    return data


CODES = {"seed": "x", "used_mask": 0}
WRONG = [
    ("magic", {"secret": SECRET}),
    ("totp", {}),
    ("totp", []),
    ("totp", None),
    ("totp", {"secret": None}),
    ("totp", {"secret": ""}),
    ("totp", {"secret": "x"}),
    ("totp", {"secret": "0" * 32}),
    ("totp", {"secret": "ü" * 32}),
    ("totp", {"secret": SECRET[:31]}),
    ("totp", {"secret": SECRET * 5}),
    ("recovery_codes", {"seed": "x"}),
    ("recovery_codes", {**CODES, "seed": "ü"}),
    ("recovery_codes", {**CODES, "seed": 5}),
    ("recovery_codes", {**CODES, "used_mask": "1"}),
    ("recovery_codes", {**CODES, "used_mask": 1.5}),
    ("recovery_codes", {**CODES, "used_mask": -1}),
    ("recovery_codes", {**CODES, "used_mask": 10**30}),
    ("recovery_codes", {"migrated_codes": None}),
    ("recovery_codes", {"migrated_codes": "x"}),
    ("recovery_codes", {"migrated_codes": [5]}),
    ("recovery_codes", {"migrated_codes": [["x"]]}),
    ("webauthn", {"name": "Phone"}),
    ("webauthn", {"credential": passkey()["credential"]}),
    ("webauthn", {"name": "Phone", "credential": {}}),
    ("webauthn", {"name": "Phone", "credential": []}),
    ("webauthn", {**passkey(), "name": 5}),
    ("webauthn", changed("rawId", None)),
    ("webauthn", changed("response", "x")),
    ("webauthn", changed("response.attestationObject", "a b")),
    ("webauthn", changed("response.clientDataJSON", "")),
    ("webauthn", changed("clientExtensionResults", None)),
    ("webauthn", changed("clientExtensionResults.credProps", [])),
]
RIGHT = [
    ("totp", {"secret": SECRET}),
    ("totp", {"secret": SECRET.lower()[:16]}),
    ("recovery_codes", CODES),
    ("recovery_codes", {**CODES, "migrated_codes": None, "viewed_at": 1.5}),
    ("recovery_codes", {"migrated_codes": ["x"]}),
    ("recovery_codes", {"migrated_codes": []}),
    ("webauthn", passkey()),
    ("webauthn", changed("clientExtensionResults.credProps", {"rk": True})),
]


@pytest.mark.parametrize(("kind", "data"), WRONG)
def test_a_factor_that_cannot_be_read_is_refused(kind, data):
    person = UserFactory()
    values = [kind, json.dumps(data), person.pk]
    assert refused(SQL, values) == RULE
    alter(f"ALTER TABLE mfa_authenticator DROP CONSTRAINT {RULE}")
    assert refused(SQL, values) == ""
    # What stops `migrate` reads the same.
    raw(SQL, values)
    assert [account for _factor, account, _line in factors.unreadable()] == [person.pk]


@pytest.mark.parametrize(("kind", "data"), RIGHT)
def test_what_the_library_stores_is_taken(kind, data):
    raw(SQL, [kind, json.dumps(data), UserFactory().pk])
    assert factors.unreadable() == []


class Ahead(NamedTuple):
    """A migration as the plan of `migrate` has it."""

    app_label: str
    name: str


def stop(*migration: str) -> None:
    sender = apps.get_app_config("accounts")
    plan = [(Ahead(*(migration or factors.MIGRATION)), False)]
    factors.stop_migration(plan, sender=sender)


def test_migrate_stops_and_the_operator_removes_what_cannot_be_read():
    stop()
    person = UserFactory(email="ada@example.org")
    alter(f"ALTER TABLE mfa_authenticator DROP CONSTRAINT {RULE}")
    raw(SQL, ["totp", "{}", person.pk])
    raw(SQL, ["recovery_codes", json.dumps(CODES), person.pk])
    bad = one("SELECT id FROM mfa_authenticator WHERE type = 'totp'")
    line = f"account {person.pk}, “ada@example.org”: factor {bad} of type “totp”"
    for act in (stop, lambda: call_command("unreadable_factors")):
        with pytest.raises(CommandError, match=line) as caught:
            act()
        assert "manage.py unreadable_factors --account NUMBER" in str(caught.value)
    stop("accounts", "0015_in_ones_own_name")
    said = StringIO()
    removing = ("unreadable_factors", "--account", str(person.pk))
    with pytest.raises(CommandError, match="Say --reason"):
        call_command(*removing, reason=" ")
    call_command(*removing, reason="Asked by telephone.", stdout=said)
    assert "Removed 1" in said.getvalue()
    assert [row.type for row in Authenticator.objects.all()] == ["recovery_codes"]
    journal = AuditEntry.objects.filter(table_name="accounts_user", operation="UPDATE")
    entry = journal.filter(source="manage.py unreadable_factors")[0]
    assert (entry.row_id, entry.reason) == (person.pk, "Asked by telephone.")
    assert "session_generation" in entry.changes
    with pytest.raises(CommandError, match="no factor that cannot be read"):
        call_command(*removing, reason="Again.")
    stop()
