"""Illegal moves through the admin's forms, verbs and actions."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from mycenas.core.machine import StateMachine
from submissions.states import SubmissionState as S
from tests.database.doors.trying import whole
from tests.database.doors.world import MACHINES, states
from tests.factories import UserFactory, organizer_of

OLD = [(machine, old) for machine in MACHINES for old in states(machine)]
IDS = [f"{machine.name}-{old}" for machine, old in OLD]
# Where each verb leads; those that are left out do not change the state.
LEADS = {
    "competition": {
        "open": "open",
        "close-entries-early": "moderation",
        "begin-moderation": "moderation",
        "close": "closed",
        "announce": "winner_announced",
    },
    "submission": {
        "approve": "approved",
        "reject": "rejected",
        "try-again": "received",
        "reopen": "pending",
        "disqualify": "disqualified",
    },
    "campaign": {
        "schedule": "scheduled",
        "back-to-draft": "draft",
        "pause": "paused",
        "resume": "running",
        "end": "ended",
    },
}
WITHOUT_MOVE = {
    "competition": {"extend-deadline", "cancel"},
    "submission": {"award"},
    "campaign": {"approve"},
}


def address(row: Any, *more: str) -> str:
    opts = row._meta
    view = "do" if more else "change"
    name = f"admin:{opts.app_label}_{opts.model_name}_{view}"
    return reverse(name, args=[row.pk, *more])


def everybody_who_might(row: Any) -> list[Client]:
    """An organizer of the row's organization, and somebody who may do everything."""
    found = []
    for person in (
        organizer_of(row),
        UserFactory(is_staff=True, is_superuser=True),
    ):
        client = Client()
        client.force_login(person)
        found.append(client)
    return found


def test_every_verb_is_tried():
    for machine in MACHINES:
        (desk,) = [
            desk
            for model, desk in admin.site._registry.items()
            if getattr(model, "machine", None) is machine
        ]
        verbs = {verb.name for verb in desk.verbs}  # type: ignore[attr-defined]
        assert verbs == set(LEADS[machine.name]) | WITHOUT_MOVE[machine.name]


@pytest.mark.parametrize(("machine", "old"), OLD, ids=IDS)
def test_a_verb_leads_nowhere_that_the_machine_does_not(
    world: Any, machine: StateMachine, old: str
):
    row = world[machine.name, old]
    before = whole(row)
    for client in everybody_who_might(row):
        for verb, new in LEADS[machine.name].items():
            if not machine.allows(old, new):
                answer = client.post(address(row, verb), {"reason": "It must be."})
                assert answer.status_code in (302, 403, 404), verb
                assert whole(row) == before, verb


@pytest.mark.parametrize(("machine", "old"), OLD, ids=IDS)
def test_a_form_carries_no_state(world: Any, machine: StateMachine, old: str):
    """The state in the form's data is not read, whatever else is."""
    row = world[machine.name, old]
    before = whole(row)
    for client in everybody_who_might(row):
        for new in states(machine):
            if new != old:
                client.post(address(row), form_of(row, new))
                assert whole(row)["state"] == before["state"], new


def form_of(row: Any, new: str) -> dict[str, Any]:
    """All columns as a form could send them, with another state."""
    found = {
        name: value for name, value in model_to_dict(row).items() if value is not None
    }
    management = {
        f"{part}-{count}": "0"
        for part in ("categories", "prizes")
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    return {**found, **management, "state": new, "_save": "1"}


@pytest.mark.parametrize("state", [state for state in S if state != S.PENDING])
def test_an_action_decides_nothing_that_is_not_in_review(world: Any, state: S):
    row = world["submission", state]
    before = whole(row)
    for client in everybody_who_might(row):
        for action, new in (
            ("approve_selected", S.APPROVED),
            ("reject_selected", S.REJECTED),
        ):
            if S(new) in row.machine.moves[state]:
                continue
            data = {
                "action": action,
                "confirmed": action,
                "_selected_action": row.pk,
                "reason": "Blurred.",
            }
            changelist = reverse("admin:submissions_submission_changelist")
            answer = client.post(f"{changelist}?queue=all", data)
            assert answer.status_code in (200, 302)
            assert whole(row) == before, action


def test_the_action_decides_what_is_in_review(world: Any):
    """The control: the same request moves an entry that waits for it."""
    row = world["submission", S.PENDING]
    client, _ = everybody_who_might(row)
    action = "approve_selected"
    data = {"action": action, "confirmed": action, "_selected_action": row.pk}
    client.post(reverse("admin:submissions_submission_changelist"), data)
    assert whole(row)["state"] == S.APPROVED


def test_nothing_is_deleted_in_bulk(world: Any):
    for machine in MACHINES:
        for state in states(machine):
            row = world[machine.name, state]
            client, superuser = everybody_who_might(row)
            for browser in (client, superuser):
                data = {
                    "action": "delete_selected",
                    "_selected_action": row.pk,
                    "post": "yes",
                }
                opts = row._meta
                name = f"admin:{opts.app_label}_{opts.model_name}_changelist"
                browser.post(f"{reverse(name)}?queue=all", data)
                browser.post(
                    f"{address(row)[: -len('change/')]}delete/", {"post": "yes"}
                )
                is_draft = (machine.name, state) == ("competition", "draft")
                assert is_draft or whole(row) is not None
