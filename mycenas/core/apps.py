from __future__ import annotations

import logging
from typing import ClassVar

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.privileges import EVERYTHING


class CoreConfig(AppConfig):
    name = "mycenas.core"
    label = "core"
    verbose_name = _("the site")
    guards: ClassVar[dict[str, str]] = {
        "audit_is_append_only": "Audit rows are never changed or removed.",
        "mail_stays": (
            "A mail keeps its address, its moment and its words; one that was sent is "
            "never changed."
        ),
        "mail_is_recalled": (
            "A mail is deleted only while it is not sent and its time has not come, or "
            "when the decision that it reports was taken off."
        ),
        "mail_begins_unsent": (
            "A mail begins unsent and untried, and waits for a day at most."
        ),
        "mail_goes_when_due": (
            "A mail is marked as sent only with its words, when its time has come, and "
            "while it is not given up."
        ),
        "mail_tries_are_counted": "The attempts to send a mail are counted one by one.",
        "mail_stamped_when_written": "The database clock stamps each new mail.",
        "mail_stamped_when_sent": "The database clock stamps each sent mail.",
        "receipt_key_stamped_when_made": (
            "The database clock stamps when a key that signs receipts is made."
        ),
        "receipt_key_stamped_when_retired": (
            "The database clock stamps when a key that signs receipts is retired."
        ),
        "receipt_key_begins_active": (
            "A key that signs receipts begins active, as an Ed25519 key under its "
            "thumbprint."
        ),
        "receipt_key_stays": "Keys that have signed receipts are never deleted.",
        "receipt_key_retires_once": (
            "A key that signs receipts is retired once, and otherwise never changed."
        ),
    }

    privileges: ClassVar[dict[str, str]] = {
        "core_auditentry": "SELECT",
        "core_mail": EVERYTHING,
        "submissions_receiptkey": "INSERT, SELECT, UPDATE",
    }
    audited = (
        Audited(
            "receipt_key", "submissions_receiptkey", left_out=("private", "public")
        ),
    )

    def ready(self) -> None:
        from mycenas.core import checks  # noqa: F401  registers the checks
        from mycenas.core.db.constraint_messages import explain_declared
        from mycenas.core.db.counting_role import require_counting_role
        from mycenas.core.db.privileges import grant_declared
        from mycenas.core.http.masking import MaskingFilter
        from mycenas.core.http.network import check_proxies
        from mycenas.core.queue.mail import send_waiting
        from mycenas.core.queue.tasks import add_sweeper

        # uvicorn's handlers are its own, and its access log may be on.
        for name in ("uvicorn.access", "uvicorn.error"):
            logging.getLogger(name).addFilter(MaskingFilter())
        pre_migrate.connect(require_counting_role, sender=self)
        post_migrate.connect(grant_declared, sender=self)
        check_proxies(settings.TRUSTED_PROXIES)
        explain_declared()
        add_sweeper("core.send_mail", send_waiting, slow=True)
