"""What the list of entries in the admin shows: the queue, or what a search finds."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from competitions.blind.access import hidden_keys
from mycenas.accounts.models import User
from mycenas.core.db.database import DatabaseNow
from mycenas.core.digests import first_digits, starting
from mycenas.core.http.wellformed import can_be_held
from submissions.constraints import DECLARED_ALONE, LEDGER_DIGEST
from submissions.models import (
    LEDGER_NAME_DIGITS,
    PUBLIC_ID_PATTERN,
    TOKEN_PATTERN,
    Submission,
)
from submissions.review.appeals.models import Appeal
from submissions.review.disqualification.workflow import proposals
from submissions.review.permits.models import Permit
from submissions.states import IN_WORK
from submissions.states import SubmissionState as S

NOTHING = Q(pk__in=())
_TOKEN = re.compile(rf"(?:.*/receipts/)?({TOKEN_PATTERN})(?:[/?#].*)?")
_PUBLIC_ID = re.compile(rf"(?:.*/entries/)?({PUBLIC_ID_PATTERN})(?:[/?#.].*)?")
_LINE = re.compile(
    rf"(?:.*#)?(?:line-)?([0-9a-f]{{{LEDGER_NAME_DIGITS}}})", re.IGNORECASE
)
# What may surround a reference that is quoted or ends a sentence.
_AROUND = "\"'<>()[]“”„‘’«»#.,;:!?…"
_JWS = re.compile(r"[\w-]+\.([\w-]+)\.[\w-]+", re.ASCII)


def by_reference(text: str, hidden: Collection[int] = ()) -> Q:
    """Entries that ``text`` names exactly; none if it names no entry.

    ``hidden`` are keys of competitions whose artists the reader does not see. The
    digest of a file that was entered there finds no entry to another competition, whose
    artist may be the same.

    ``text`` is a reference (public id), a receipt's token, the URL of a receipt, entry
    or picture, a line of the public books or its URL, a SHA-256 of the file or token in
    hexadecimal digits or its first ones, or a whole signed receipt (JWS). A label
    before it, as on the receipt ("Reference …"), and quotation marks are left out.
    """
    text = "".join(text.split()[-1:]).strip(_AROUND)
    found = NOTHING
    if match := _TOKEN.fullmatch(text):
        found |= Q(token=match[1])
    if match := _PUBLIC_ID.fullmatch(text):
        found |= Q(public_id=match[1])
    if digits := first_digits(text):
        found |= starting(LEDGER_DIGEST, digits)
        for name, known in (("sha256", Q()), ("declared_sha256", DECLARED_ALONE)):
            named = known & starting(name, digits)
            found |= named & ~_names_hidden(name, hidden) if hidden else named
    if match := _LINE.fullmatch(text):
        found |= starting(LEDGER_DIGEST, match[1].lower())
    if match := _JWS.fullmatch(text):
        found |= Q(public_id=_entry_of(match[1]))
    return found


def _names_hidden(name: str, hidden: Collection[int]) -> Q:
    """Entries whose file was also entered where its artist is hidden."""
    there = Submission.objects.filter(competition__in=hidden, sha256=OuterRef(name))
    return ~Q(competition__in=hidden) & Q(Exists(there))


def _entry_of(payload: str) -> str:
    """The reference in the payload of a signed receipt; '' if there is none."""
    try:
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        facts = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return ""
    entry = facts.get("entry") if isinstance(facts, dict) else None
    return entry if isinstance(entry, str) and can_be_held(entry) else ""


class FindsEntries:
    """A ModelAdmin whose search finds entries by everything that artists quote."""

    # From its rows to the entries.
    entry_lookup = "pk"
    search_help_text: ClassVar[Any] = _(
        "Title, artist, e-mail address, reference, line in the books, receipt URL, "
        "SHA-256 (8 of its first digits are enough) or signed receipt. Moderators find "
        "an e-mail address only as a whole. No artist of a blind competition is found."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What names one entry exactly, or else the words."""
        reference = by_reference(search_term, hidden_keys(request))
        entries = Submission.objects.filter(reference)
        named = queryset.filter(**{f"{self.entry_lookup}__in": entries})
        if search_term and named.exists():
            return named, False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[misc,no-any-return]


NOT_CANCELLED = Q(competition__cancelled_at=None)
# Entries that keep their competition from closing.
UNDECIDED = NOT_CANCELLED & (
    Q(state__in=IN_WORK) | Q(state=S.RESERVED, upload_until__gte=DatabaseNow())
)
# Entries that their artists are asked to change.
REQUESTED = Q(pk__in=Permit.objects.open().values("submission"))
# Parts of the entries that wait for people, by the value of the filter.
WORK: dict[str | None, Q] = {
    None: NOT_CANCELLED & Q(state=S.PENDING) & ~REQUESTED,
    "held": NOT_CANCELLED & Q(state=S.QUARANTINED),
    "proposed": NOT_CANCELLED
    & Q(state=S.APPROVED, pk__in=proposals().values("target_id")),
    "changes": NOT_CANCELLED & Q(state=S.PENDING) & REQUESTED,
    "appealed": Q(pk__in=Appeal.objects.waiting().values("submission")),
    "late": UNDECIDED & Q(competition__closes_at__lte=DatabaseNow()),
    "undecided": UNDECIDED,
}


def barred_to(user: User | AnonymousUser) -> Q:
    """Entries on which the person does not decide, whatever the role.

    They are own ones, or wait for another person than the first.
    """
    rejected = Appeal.objects.waiting().filter(rejected_by=user.pk)
    proposed = proposals().filter(proposed_by=user.pk)
    return (
        Q(participant=user.pk)
        | Q(pk__in=rejected.values("submission"))
        | Q(pk__in=proposed.values("target_id"))
    )


# The query of lists without entries on which the person does not decide.
DECIDABLE = {"for": "you"}


class DeciderFilter(admin.SimpleListFilter):
    """Whether to leave out entries on which the person does not decide."""

    title = _("who may decide")
    (parameter_name,) = DECIDABLE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(DECIDABLE[self.parameter_name], _("you"))]

    def queryset(
        self, request: HttpRequest, rows: QuerySet[Submission]
    ) -> QuerySet[Submission]:
        return rows.exclude(barred_to(request.user)) if self.value() else rows


class QueueFilter(admin.SimpleListFilter):
    """Which part of the entries to see; the queue first."""

    title = _("state")
    parameter_name = "queue"

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.is_search = bool(request.GET.get(SEARCH_VAR))
        super().__init__(request, *args)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("held", _("to review: held with a problem")),
            ("changes", _("changes requested: wait for the artist")),
            ("appealed", _("to answer: the artist has appealed")),
            ("proposed", _("to disqualify: waits for a second person")),
            ("late", _("undecided after the deadline")),
            ("undecided", _("undecided")),
            ("all", _("all")),
            *S.choices,
        ]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("to review"),
        }
        yield from list(super().choices(changelist))[1:]

    def value(self) -> Any:
        """A search without a chosen state looks through all entries."""
        return super().value() or ("all" if self.is_search else None)

    def queryset(
        self, request: HttpRequest, rows: QuerySet[Submission]
    ) -> QuerySet[Submission]:
        value = self.value()
        if value in WORK:
            return rows.filter(WORK[value])
        return rows if value == "all" else rows.filter(state=value)
