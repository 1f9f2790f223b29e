"""How many mails people send by inviting: the addresses are those of strangers.

Invitations are counted in PostgreSQL, so that a file of people that is previewed, or
refused, counts nothing. The sender's row is locked: two requests count one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from mycenas.accounts.models import User
from mycenas.accounts.scopes import Scope, scopes
from mycenas.core.db import database
from mycenas.core.http.errors import ProblemError
from mycenas.core.models import AuditEntry

HOUR = timedelta(hours=1)
# Of one person: a file of people has as many rows at most.
MOST_AN_HOUR = 500
# Of mails that invite one address to one role in one place.
MOST_TO_ONE = 5

SENT = _(
    "One person sends at most %(most)d invitations an hour, and you sent as many. Try "
    "again in %(wait)s."
)
RENEWED = _(
    "At most %(most)d mails an hour invite one address to one role, and as many were "
    "sent. Try again in %(wait)s."
)


class TooManyInvitations(ProblemError):
    """The sentence says the limit, and when there is room again."""

    status = 429
    code = "too_many_invitations"

    def __init__(self, sentence: Promise, most: int, left: timedelta) -> None:
        minutes = max(1, ceil(left / timedelta(minutes=1)))
        self.retry_after = minutes * 60
        wait = ngettext("%(count)d minute", "%(count)d minutes", minutes)
        said = {"most": most, "wait": wait % {"count": minutes}}
        super().__init__(str(sentence) % said)


def require_may_invite(by: User, days_valid: int) -> None:
    """Raise ``TooManyInvitations`` if ``by`` has sent too many; in a transaction."""
    left, wait = invitations_left(by, days_valid)
    if not left:
        raise too_many(wait)


def too_many(wait: timedelta) -> TooManyInvitations:
    """The refusal of one more before ``wait`` is over."""
    return TooManyInvitations(SENT, MOST_AN_HOUR, wait)


def invitations_left(by: User, days_valid: int) -> tuple[int, timedelta]:
    """How many more ``by`` may send, and when there is room again after those.

    Only in a transaction. An invitation was last sent ``days_valid`` before it expires.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    begin = database.now() + timedelta(days=days_valid) - HOUR
    sent: list[datetime] = []
    for scope in scopes():
        rows = scope.invitations._default_manager.filter(
            invited_by=by, expires_at__gt=begin
        )
        last = rows.order_by("-expires_at").values_list("expires_at", flat=True)
        sent += last[:MOST_AN_HOUR]
    newest = sorted(sent, reverse=True)[:MOST_AN_HOUR]
    wait = newest[-1] - begin if newest else HOUR
    return MOST_AN_HOUR - len(newest), wait


def mailed_often(
    scope: Scope, row: Any, addresses: Iterable[str], days_valid: int
) -> dict[tuple[str, str], TooManyInvitations]:
    """The refusals of those addresses and roles that got too many mails in the hour.

    Mails about invitations that ended meanwhile count as well.
    """
    begin = database.now() - HOUR
    model = scope.invitations
    recent = model._default_manager.filter(
        **{scope.field: row},
        email__in=addresses,
        expires_at__gt=begin + timedelta(days=days_valid),
    )
    invited = {one.pk: (one.email, one.role) for one in recent}
    journal = AuditEntry.objects.filter(
        table_name=model._meta.db_table,
        row_id__in=invited,
        at__gt=begin,
        changes__has_key="expires_at",
    )
    sent: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for key, at in journal.order_by("-pk").values_list("row_id", "at"):
        sent[invited[key]].append(at)
    return {
        pair: TooManyInvitations(RENEWED, MOST_TO_ONE, at[MOST_TO_ONE - 1] - begin)
        for pair, at in sent.items()
        if len(at) >= MOST_TO_ONE
    }
