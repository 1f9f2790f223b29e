"""The admin's log holds only messages of which its history can make sentences."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from tests.database.tools import drop_guard, raw, refused
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

RULE = "admin_log_can_be_shown"
SQL = (
    "INSERT INTO django_admin_log (user_id, action_time, action_flag, object_repr,"
    " change_message) VALUES (%s, now(), 2, 'x', %s)"
)
NAMED = {"name": "prize", "object": "First"}
FINE: list[Any] = [
    [],
    [{}],
    [{"added": {}}],
    [{"added": NAMED}, {"deleted": NAMED}],
    [{"changed": {"fields": ["Title", "Slug"]}}],
    [{"changed": {"fields": [], **NAMED}}],
]
ODD: list[Any] = [
    [1],
    [None],
    ["added"],
    [[{"added": {}}]],
    [{"added": 5}],
    [{"added": {"name": "prize"}}],
    [{"added": {"name": 5, "object": "First"}}],
    [{"changed": {}}],
    [{"changed": {"fields": "Title"}}],
    [{"changed": {"fields": [5]}}],
    [{"changed": {"fields": [["Title"]]}}],
    [{"changed": {"fields": [], "name": "prize"}}],
    [{"deleted": {}}],
    [{"deleted": NAMED}, {"moved": NAMED}],
]


@pytest.mark.parametrize("message", ["", "Approve", "{}", "5", "é", *FINE])
def test_what_the_history_can_show_is_taken(message):
    text = message if isinstance(message, str) else json.dumps(message)
    raw(SQL, [UserFactory().pk, text])
    assert LogEntry(change_message=text).get_change_message() or not text


@pytest.mark.parametrize("message", [*ODD, "[", "[x]", "[" * 9000, "x" * 65_537])
def test_another_message_is_refused(message):
    text = message if isinstance(message, str) else json.dumps(message)
    values = [UserFactory().pk, text]
    assert refused(SQL, values) == RULE
    drop_guard(RULE)
    assert refused(SQL, values) == ""
