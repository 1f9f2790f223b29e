"""How pages and files name the artists of entries.

PostgreSQL names them, by the rules of `competitions.blind.access`: the name of an
artist who is hidden never leaves the database, and no search compares it. Pages show
`Submission.artist`, which hides the artist of a blind competition unless a query named
the artist for the person who reads the page.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Exists, F, OuterRef, Q, TextField, Value, When

from competitions.blind.access import hidden_from, sees_names
from competitions.models import blind_now
from mycenas.accounts.models import User, shown_name
from submissions.models import Submission


def named_for_all(rows: Any, path: str = "") -> Any:
    """Rows whose artists are named as all visitors see them."""
    is_hidden = blind_now(f"{path}competition__")
    return rows.annotate(
        artist_name=unless(is_hidden, shown_name(f"{path}participant__"))
    )


def named_for(rows: Any, hidden: Collection[int], path: str = "") -> Any:
    """Rows with ``artist_name`` and ``artist_email``; '' in the hidden competitions.

    ``hidden`` are keys of `competitions.blind.access.hidden_from`; ``path`` leads from
    a row to its entry.
    """
    is_hidden = entry_is_in(hidden, path)
    return rows.annotate(
        artist_name=unless(is_hidden, shown_name(f"{path}participant__")),
        artist_email=unless(is_hidden, F(f"{path}participant__email")),
    )


def hidden_recipients(by: User | AnonymousUser) -> Q | None:
    """The mails to artists who are hidden from ``by``; None for none of them."""
    hidden = list(hidden_from(by).values_list("pk", flat=True))
    entry = Submission.objects.filter(pk=OuterRef("about"), competition__in=hidden)
    return Q(Exists(entry)) if hidden else None


def searched_for(rows: Any, unread: Collection[int], path: str = "") -> Any:
    """Rows with ``searched_email``, of which a search compares parts.

    It is '' in the competitions with the keys ``unread``, where the person does not
    read addresses. Of the others a search finds the whole ``artist_email`` only.
    """
    is_unread = entry_is_in(unread, path)
    email = F(f"{path}participant__email")
    return rows.annotate(searched_email=unless(is_unread, email))


def entry_is_in(competitions: Collection[int], path: str = "") -> Q | None:
    """Whether an entry is of one of the competitions; None for none of them."""
    lookup = {f"{path}competition__in": list(competitions)}
    return Q(**lookup) if competitions else None


def named_to_artists(rows: Any) -> Any:
    """Rows whose artists are those who read them."""
    return rows.annotate(artist_name=shown_name("participant__"))


def unless(is_hidden: Q | None, value: Any) -> Any:
    """The value, or '' where artists are hidden."""
    if is_hidden is None:
        return value
    hidden = Value("", output_field=TextField())
    return Case(When(is_hidden, then=hidden), default=value, output_field=TextField())


def show_to(user: User | AnonymousUser, submission: Submission) -> Submission:
    """Name the artist if ``user`` may know, and hide what names the artist if not.

    Changes this object alone.
    """
    is_own = submission.participant_id == user.pk
    if is_own or sees_names(user, submission.competition):
        submission.artist_name = str(submission.participant)
    else:
        submission.artist_name = submission.original_name = submission.refusal = ""
    return submission
