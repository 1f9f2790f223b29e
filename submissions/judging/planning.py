"""Assigns the entries of a round to its jurors, with each juror's own order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

from django.utils.translation import gettext_lazy as _

from mycenas.core.db.database import run
from mycenas.core.http.errors import ProblemError
from submissions.judging.access import with_role
from submissions.judging.assigning import CannotAssignError, Pair, Wanted, assign
from submissions.judging.models import Assignment, Conflict, Juror, Round
from submissions.judging.states import COMPARING, AssignmentState
from submissions.models import Submission
from submissions.states import SubmissionState

ALONE = _(
    "One entry alone would be assigned to a juror, who has nothing to compare it with. "
    "Give each entry more readings, or have fewer jurors."
)
# Sentences about more entries than this would not fit on a page.
MOST_SENTENCES = 5
QUEUE = "SELECT entry_id, place FROM judging_queue(%s)"


def plan(this: Round, seed: bytes) -> int:
    """Give each entry the readings that it lacks; returns how many are new.

    What was begun stays; what was not may go to another juror. Raises ``ProblemError``
    with entries and reasons if it cannot be done.
    """
    rows = Assignment.objects.filter(round=this)
    free = {row.pk for row in rows.waiting().untouched()}
    entries, jurors = _entries(this), _jurors(this)
    found = {
        (_juror(row.juror_id), entries[row.submission_id]): row
        for row in rows
        if row.submission_id in entries
    }
    stays = {pair: row for pair, row in found.items() if row.pk not in free}
    kept = {pair for pair, row in stays.items() if _is_read(row)}
    conflicts = {*_conflicts(entries, jurors), *(stays.keys() - kept)}
    wanted = Wanted(
        entries=list(entries.values()),
        jurors=list(jurors),
        readings=this.readings,
        seed=seed,
        kept=kept,
        conflicts=conflicts - kept,
        most_per_juror=this.load_limit,
    )
    try:
        pairs = assign(wanted)
    except CannotAssignError as error:
        raise ProblemError(_in_words(error), code="round_cannot_be_assigned") from error
    _require_two(this, pairs)
    # A form that is open keeps its assignments where the plan does.
    again = {found[pair].pk for pair in pairs if pair in found}
    rows.filter(pk__in=free - again).delete()
    new = [pair for pair in pairs if pair not in found]
    _store(this, new, entries, jurors)
    return len(new)


def _require_two(this: Round, pairs: Collection[Pair]) -> None:
    """A ranking and a comparison take at least two entries of a juror."""
    number = Counter(name for name, _entry in pairs)
    if this.method in COMPARING and 1 in number.values():
        raise ProblemError(ALONE, code="round_cannot_be_assigned")


def _is_read(row: Assignment) -> bool:
    return row.state in (AssignmentState.SCORED, AssignmentState.ASSIGNED)


def _entries(this: Round) -> dict[int, str]:
    """The names of the entries, as sentences about them have them; each is unique."""
    rows = Submission.objects.filter(
        candidacies__round=this, state=SubmissionState.APPROVED
    )
    return {key: f"“{title}” ({key})" for key, title in rows.values_list("pk", "title")}


def _juror(key: int) -> str:
    return f"juror {key}"


def _jurors(this: Round) -> dict[str, Juror]:
    rows = with_role(Juror.objects.filter(round=this, absent_since=None))
    return {_juror(row.pk): row for row in rows}


def _conflicts(entries: dict[int, str], jurors: dict[str, Juror]) -> Iterator[Pair]:
    """Declared conflicts, and own work."""
    people = {juror.user_id: name for name, juror in jurors.items()}
    rows = Conflict.objects.filter(user__in=people, submission__in=entries)
    for person, entry in rows.values_list("user", "submission"):
        yield people[person], entries[entry]
    own = Submission.objects.filter(pk__in=entries, participant__in=people)
    for person, entry in own.values_list("participant", "pk"):
        yield people[person], entries[entry]


def _in_words(error: CannotAssignError) -> str:
    sentences = list(error.reasons.values())
    more = len(sentences) - MOST_SENTENCES
    shown = " ".join(sentences[:MOST_SENTENCES])
    return f"{shown} …" if more > 0 else shown


def _store(
    this: Round,
    pairs: list[Pair],
    entries: dict[int, str],
    jurors: dict[str, Juror],
) -> None:
    """Each juror gets the entries at the positions that were drawn for the juror.

    PostgreSQL computes them: the site cannot read the seed of the draw.
    """
    keys = {name: key for key, name in entries.items()}
    mine: dict[str, list[int]] = defaultdict(list)
    for name, entry in pairs:
        mine[name].append(keys[entry])
    made = []
    for name, several in mine.items():
        juror = jurors[name]
        places = queue_positions(juror)
        made += [
            Assignment(round=this, juror=juror, submission_id=key, position=places[key])
            for key in several
        ]
    Assignment.objects.bulk_create(made)


def queue_positions(juror: Juror) -> dict[int, int]:
    """The position of each entry of the round in the order of this juror."""
    return dict(run(QUEUE, [juror.pk]))
