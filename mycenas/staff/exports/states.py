"""The life of an export: a row that waits, a file that is written, and its end."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class ExportState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("being written")
    DONE = "done", _("ready")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")


E = ExportState

EXPORT = StateMachine(
    name="export",
    table="exports_export",
    states=ExportState,
    initial=E.QUEUED,
    moves={
        E.QUEUED: frozenset({E.RUNNING}),
        # Back to the queue if its worker died.
        E.RUNNING: frozenset({E.QUEUED, E.DONE, E.FAILED}),
        E.DONE: frozenset({E.EXPIRED}),
        E.FAILED: frozenset(),
        E.EXPIRED: frozenset(),
    },
)


SENTENCES = {
    "export_moves": _("This export cannot make that step from where it is now."),
    "export_starts": _("A new export waits until a worker takes it."),
    "export_known_state": _("An export has no such state."),
    "export_of_a_scope": _("An export of a competition or organization names it."),
    "export_sha256_is_hex": _("A SHA-256 is 64 hexadecimal digits."),
    "export_facts_tied": _(
        "The state of an export goes together with its file, its times and its "
        "problem; nothing was changed."
    ),
    "export_facts_stay": _(
        "What an export is of, who asked for it and what its file holds never change. "
        "Ask for another one."
    ),
    "export_of_the_actor": _("People ask for exports for themselves only."),
    "export_number_once": _("A number stands for one row of its pack."),
    "export_reference_once": _("A row has one number in a pack."),
    "export_number_drawn": _(
        "Numbers are drawn while their pack is written, and never changed or deleted."
    ),
    "export_stays": _("Exports are never deleted; their files expire."),
}
