"""Illegal moves through the admin's forms, verbs and actions."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from mycenas.core.states.machine import StateMachine
from submissions.states import SubmissionState as S
from tests.database.write_paths.trying import whole
from tests.database.write_paths.world import (
    ALLOWED,
    FORBIDDEN,
    MACHINES,
    states,
)
from tests.factories import UserFactory, organizer_of
from tests.form_data import filled

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
        "undo": "pending",
        "reopen": "pending",
        "uphold-appeal": "pending",
        "confirm-disqualification": "disqualified",
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
    "competition": {"extend-deadline", "cancel", "copy", "unblind"},
    "submission": {
        "award",
        "allow-unranked",
        "confirm-unranked",
        "end-unranked",
        "disqualify",
        "end-disqualification",
        "dismiss-appeal",
        "request-changes",
        "withdraw-request",
    },
    "campaign": {"approve", "change-end"},
}

# Exports have no verbs, and their pages no form.
DESKS = [machine for machine in MACHINES if machine.name in LEADS]
each_machine = pytest.mark.parametrize("machine", DESKS, ids=lambda m: m.name)


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
    for machine in DESKS:
        (desk,) = [
            desk
            for model, desk in admin.site._registry.items()
            if getattr(model, "machine", None) is machine
        ]
        every: Any = desk.verbs  # type: ignore[attr-defined]
        # Those of the page of people are tried in tests/accounts/test_invitations.py.
        verbs = {verb.name for verb in every if verb.page == "change"}
        assert verbs == set(LEADS[machine.name]) | WITHOUT_MOVE[machine.name]


@each_machine
def test_a_verb_leads_nowhere_that_the_machine_does_not(
    world: Any, machine: StateMachine
):
    """Each verb once, by a person whom no rule about roles refuses."""
    _, superuser = everybody_who_might(world[machine.name, machine.initial])
    for verb, new in LEADS[machine.name].items():
        old = next(s for s in reversed(states(machine)) if not machine.allows(s, new))
        row = world[machine.name, old]
        before = whole(row)
        typed = {"reason": "It must be.", "digest": "0" * 64, "answer": "Yes."}
        typed |= {"code": "-", "note": "Blurred."}
        answer = superuser.post(address(row, verb), typed)
        is_refused = answer.status_code == 200 and answer.context["form"].errors
        assert is_refused or answer.status_code in (302, 403, 404), verb
        assert whole(row) == before, (verb, old)


@each_machine
def test_a_form_carries_no_state(world: Any, machine: StateMachine):
    """The state in the form's data is not read, whatever else is."""
    moves = (ALLOWED[machine.name], FORBIDDEN[machine.name])
    for turn, (old, new) in enumerate(moves):
        row = world[machine.name, old]
        everybody_who_might(row)[turn].post(address(row), form_of(row, new))
        assert whole(row)["state"] == old, new


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


def decide(client: Client, action: str, row: Any) -> int:
    data = {
        "action": action,
        "confirmed": action,
        "_selected_action": row.pk,
        "code": "-",
        "note": "Blurred.",
    }
    changelist = reverse("admin:submissions_submission_changelist")
    address = f"{changelist}?queue=all"
    answer = client.post(address, data)
    if answer.status_code == 200:
        # The page shows the mails first.
        answer = client.post(address, {**data, **filled(answer)})
    return answer.status_code


def test_an_action_decides_nothing_that_is_not_in_review(world: Any):
    row = world["submission", S.WITHDRAWN]
    before = whole(row)
    for client in everybody_who_might(row):
        for action in ("approve_selected", "reject_selected"):
            assert decide(client, action, row) in (200, 302)
            assert whole(row) == before, action


def test_the_action_decides_what_is_in_review(world: Any):
    """The control: the same request moves an entry that waits for it."""
    row = world["submission", S.PENDING]
    client, _ = everybody_who_might(row)
    decide(client, "approve_selected", row)
    assert whole(row)["state"] == S.APPROVED


@each_machine
def test_nothing_is_deleted(world: Any, machine: StateMachine):
    """By the list's action, nor by the page that asks before it deletes."""
    old, _ = FORBIDDEN[machine.name]
    row = world[machine.name, old]
    opts = row._meta
    changelist = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    delete = f"{address(row)[: -len('change/')]}delete/"
    chosen = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    for browser in everybody_who_might(row):
        browser.post(f"{changelist}?queue=all", chosen)
        browser.post(delete, {"post": "yes"})
        assert whole(row) is not None
