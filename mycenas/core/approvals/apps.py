from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class ApprovalsConfig(AppConfig):
    name = "mycenas.core.approvals"
    label = "approvals"
    verbose_name = _("approvals")
    guards: ClassVar[dict[str, str]] = {
        "approval_proposed": (
            "A proposal is made under the name of the person who acts, for 14 days at "
            "most; the database computes its digest."
        ),
        "approval_decided": (
            "A proposal is confirmed or declined before it expires, and expires not "
            "earlier, under the name of the person who acts."
        ),
        "approval_proposed_by_its_person": (
            "The person who proposes is the one who acts."
        ),
        "approval_decided_by_its_person": (
            "So is the person who confirms, declines or withdraws."
        ),
        "approval_stamped_when_proposed": (
            "The database clock stamps when an act is proposed."
        ),
        "approval_stamped_when_decided": (
            "The database clock stamps when a proposal is decided."
        ),
        "approval_facts_stay": "What was proposed, by whom and when, never changes.",
        "approval_decision_stays": "The decision on a proposal never changes.",
        "approval_stays": "Proposals are never deleted.",
        "approval_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    privileges: ClassVar[dict[str, str]] = {
        "approvals_approval": "INSERT, SELECT, UPDATE",
    }
    audited = (Audited("approval", "approvals_approval"),)

    def ready(self) -> None:
        from mycenas.core.approvals.states import FIELDS, SENTENCES
        from mycenas.core.approvals.workflow import expire_due
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.queue.tasks import add_sweeper

        explain_constraints(SENTENCES, FIELDS)
        add_sweeper("approvals.expire", expire_due)
