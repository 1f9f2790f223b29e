"""All models of the app ``core``; its packages define them."""

from __future__ import annotations

from mycenas.core.audit.models import AuditEntry
from mycenas.core.db.models import ConstrainedModel
from mycenas.core.queue.models import Mail
from mycenas.core.signing.models import ReceiptKey
from mycenas.core.states.stateful import STATE_WIDTH, Stateful

__all__ = [
    "STATE_WIDTH",
    "AuditEntry",
    "ConstrainedModel",
    "Mail",
    "ReceiptKey",
    "Stateful",
]
