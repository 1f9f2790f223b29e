"""The outbox as administrators of the site read it.

A mail about an entry names its artist by the address that it goes to. Apps register
whose addresses are hidden from whom; nothing else shows or compares an address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.models import Mail

# The mails whose recipients are hidden from a person; None for none of them.
Hidden = Callable[[User | AnonymousUser], Q | None]
_hidden: list[Hidden] = []


def hide_recipients(*several: Hidden) -> None:
    """Register mails whose recipients are hidden."""
    _hidden.extend(several)


def outbox_for(user: User | AnonymousUser) -> QuerySet[Any]:
    """All mails, each with its ``recipient``, '' if hidden from ``user``."""
    hidden = [found for rule in _hidden if (found := rule(user)) is not None]
    nothing = Value("", output_field=TextField())
    recipient = Case(
        *(When(one, then=nothing) for one in hidden),
        default=F("to"),
        output_field=TextField(),
    )
    return Mail.objects.annotate(recipient=recipient)


class SendingFilter(admin.SimpleListFilter):
    """Whether a mail was sent."""

    title = _("sending")
    parameter_name = "sending"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", _("waiting")),
            ("failed", _("given up")),
            ("sent", _("sent")),
        ]

    def queryset(self, request: HttpRequest, rows: Any) -> QuerySet[Mail]:
        return SENDING[self.value()](rows)  # type: ignore[no-any-return]


SENDING: dict[str | None, Any] = {
    None: lambda rows: rows,
    "waiting": lambda rows: rows.filter(sent_at=None, attempts__lt=Mail.ATTEMPTS),
    "failed": lambda rows: rows.filter(sent_at=None, attempts__gte=Mail.ATTEMPTS),
    "sent": lambda rows: rows.filter(sent_at__isnull=False),
}


class MailAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The outbox, to read. A text may hold a code to sign in with: it is not shown."""

    list_display = ("recipient", "subject", "created_at", "attempts", "sent_at")
    list_filter = (SendingFilter,)
    fields = (
        "recipient",
        "subject",
        "template",
        "created_at",
        "attempts",
        "sent_at",
    )
    readonly_fields = fields
    ordering = ("-pk",)
    show_full_result_count = False

    @admin.display(description=_("to"))
    def recipient(self, mail: Any) -> str:
        return mail.recipient or gettext("address hidden")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return outbox_for(request.user).order_by(*self.ordering)

    def lookup_allowed(
        self, lookup: str, value: Any, request: HttpRequest | None = None
    ) -> bool:
        """No filter typed into the address asks for an address or a text."""
        return lookup == SendingFilter.parameter_name

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
