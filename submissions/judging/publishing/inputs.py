"""Makes the document of a closed round that is counted, with its jurors anonymized."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from mycenas.core.draws.models import Draw
from submissions.judging.counting.building import input_bytes
from submissions.judging.models import Conflict, Round
from submissions.judging.publishing.readings import Names, readings_of
from submissions.judging.states import Method
from submissions.models import Submission
from submissions.states import SubmissionState


def input_bytes_of(number: int) -> bytes:
    """What is counted of the round with this key: the last score of each pair.

    Entries are named by their public identifiers, jurors by numbers. An entry that left
    the competition, and a pair with a conflict, is left out.
    """
    this = Round.objects.get(pk=number)
    entries, jurors = entries_of(this), jurors_of(this)
    recused = list(_recused(this, entries, jurors))
    drawn = draw_of(this, "ties")
    if drawn is None:
        raise LookupError(f"Round {number} has no draw.")
    order = [one for one in drawn.order if one in set(entries.values())]
    return input_bytes(
        this.method,
        _parameters(this, entries),
        readings_of(this, entries, jurors, set(recused)),
        entries=entries.values(),
        jurors=jurors.values(),
        draw=order,
        recused=recused,
        quorum=this.quorum,
        ties=this.tie_break,
    )


def draws_of(this: Round) -> QuerySet[Draw]:
    """The draws of the round; PostgreSQL commits them as it is opened."""
    return Draw.objects.filter(
        subject_table=this._meta.db_table,
        subject_id=this.pk,
        purpose__regex=r"^(ties|queues) [1-9][0-9]*$",
    )


def draw_of(this: Round, kind: str) -> Draw | None:
    """The last draw of this kind: what decides ``ties``, or the order of ``queues``."""
    return draws_of(this).filter(purpose__startswith=f"{kind} ").order_by("pk").last()


def entries_of(this: Round) -> Names:
    rows = Submission.objects.filter(
        candidacies__round=this, state=SubmissionState.APPROVED
    )
    return dict(rows.values_list("pk", "public_id"))


def jurors_of(this: Round) -> Names:
    """Numbers in an order that says nothing about the people.

    It depends on the secret key of the site, since seeds are published.
    """
    keys = list(this.jurors.values_list("pk", flat=True))
    keys.sort(key=lambda key: _hidden_rank(this.pk, key))
    return {key: f"juror {place}" for place, key in enumerate(keys, 1)}


def _hidden_rank(number: int, juror: int) -> bytes:
    salt = "submissions.judging.jurors"
    return salted_hmac(salt, f"{number} {juror}", algorithm="sha256").digest()


def _recused(this: Round, entries: Names, jurors: Names) -> Iterator[tuple[str, str]]:
    people = dict(this.jurors.values_list("user", "pk"))
    rows = Conflict.objects.filter(user__in=people, submission__in=entries)
    for person, entry in rows.values_list("user", "submission"):
        yield jurors[people[person]], entries[entry]


def _parameters(this: Round, entries: Names) -> dict[str, Any]:
    if this.method == Method.STV:
        # Entries that left the competition leave fewer to elect.
        return {"seats": max(1, min(this.elected or 1, len(entries)))}
    if this.method != Method.WEIGHTED:
        return {}
    criteria = [
        {
            "id": str(one.pk),
            "weight": str(one.weight),
            "low": str(one.low),
            "high": str(one.high),
            "step": str(one.step),
        }
        for one in this.criteria.order_by("position", "pk")
    ]
    return {"aggregate": this.aggregate, "criteria": criteria}
