"""How a round was counted, and what its jurors said, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from submissions.judging.models import Round
from submissions.judging.states import Aggregate, Method
from submissions.models import Submission

AGGREGATES = {
    Aggregate.ADDITIVE_FIT: _(
        "The points of an entry are the mean of its scores, adjusted for strict and "
        "lenient jurors: from one who gives the same entries one point more than the "
        "others, one point is taken away."
    ),
    Aggregate.MEAN: _("The points of an entry are the mean of its scores."),
    Aggregate.MEDIAN: _("The points of an entry are the median of its scores."),
}
METHODS = {
    Method.YES_NO_MAYBE: _(
        "A yes counts 1, a maybe ½, a no 0; the points of an entry are the mean."
    ),
    Method.BORDA: _(
        "Each juror put entries in order. A ranking gives an entry the share of the "
        "other entries that it puts below it, 1 for the first and 0 for the last; the "
        "points of an entry are the mean."
    ),
    Method.STV: _(
        "Each juror put entries in order. Single transferable vote elected %(seats)d "
        "of them by the Scottish rules; the points are the most votes that an entry "
        "had."
    ),
    Method.BRADLEY_TERRY: _(
        "Jurors compared entries in pairs. The points are logarithms of the strengths "
        "that explain these comparisons best (Bradley and Terry’s model)."
    ),
}
GROUPS = _(
    "No chain of comparisons connects all entries, so each group has a ranking of its "
    "own."
)
TIES = {
    "mean": _("the mean of all scores"),
    "median": _("the median of all scores"),
    "best": _("the best score"),
    "worst": _("the worst score"),
    "most_yes": _("the share of yes"),
    "fewest_no": _("the share of no"),
    "most_firsts": _("the share of first places"),
    "fewest_lasts": _("the share of last places"),
    "wins": _("the share of comparisons won"),
    "draw": _("the draw"),
}
# What the rules of an election decided, in the place of a tie-break.
FATES = {
    "elected": _("elected"),
    "not elected": _("not elected"),
    "excluded": _("excluded"),
}
CRITERION = "criterion:"
Texts = defaultdict[str, list[str]]


def method_in_words(this: Round, inputs: Mapping[str, Any]) -> list[str]:
    """How it was counted, in sentences; the names of its criteria come from the round.

    Args:
        this: the round.
        inputs: the document that was counted.
    """
    if this.method == Method.WEIGHTED:
        rows = this.criteria.order_by("position", "pk")
        named = [f"{one.name} × {one.weight.normalize():f}" for one in rows]
        said = gettext(
            "Scores are means of the criteria with their weights: %(criteria)s."
        )
        sentences = [said % {"criteria": ", ".join(named)}]
        sentences += [str(AGGREGATES[Aggregate(this.aggregate)])]
    else:
        sentences = [str(METHODS[Method(this.method)]) % inputs["parameters"]]
    if this.method == Method.STV:
        return sentences
    names = criteria_of(this)
    rules = ", ".join(tie_in_words(one, names) for one in [*inputs["ties"], "draw"])
    return [*sentences, gettext("Ties are decided by: %(rules)s.") % {"rules": rules}]


def criteria_of(this: Round) -> dict[str, str]:
    """The names of the criteria, in their order, by what documents call them."""
    rows = this.criteria.order_by("position", "pk")
    return {str(one.pk): one.name for one in rows}


def tie_in_words(name: str, criteria: Mapping[str, str]) -> str:
    if name in TIES:
        return str(TIES[name])
    return criteria.get(name.removeprefix(CRITERION), name)


def number_in_words(this: Round, number: int) -> str:
    """So many scores, rankings or comparisons."""
    if this.method in (Method.BORDA, Method.STV):
        return ngettext("%(n)d ranking", "%(n)d rankings", number) % {"n": number}
    if this.method == Method.BRADLEY_TERRY:
        words = ngettext("%(n)d comparison", "%(n)d comparisons", number)
        return words % {"n": number}
    return ngettext("%(n)d score", "%(n)d scores", number) % {"n": number}


def said_of(
    this: Round, inputs: Mapping[str, Any], entries: Mapping[str, Submission]
) -> Texts:
    """What each juror said of each entry, under the jurors' numbers.

    Args:
        this: the round.
        inputs: the document that was counted.
        entries: those that are still in the competition, by their public names.
    """
    criteria = criteria_of(this)
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in inputs["readings"]:
        number = int(row["juror"].split()[1])
        for entry, given in _said(row, criteria, entries):
            found[entry].append((number, given))
    words = gettext("juror %(number)d: %(given)s")
    return defaultdict(list) | {
        entry: [words % {"number": n, "given": given} for n, given in sorted(rows)]
        for entry, rows in found.items()
    }


def _said(
    row: Mapping[str, Any],
    criteria: Mapping[str, str],
    entries: Mapping[str, Submission],
) -> Iterator[tuple[str, str]]:
    """The entries of one reading, with what it says of each."""
    if "ranking" in row:
        for place, entry in enumerate(row["ranking"], 1):
            yield entry, gettext("place %(place)d") % {"place": place}
        for entry in row.get("unranked", ()):
            yield entry, gettext("among the last")
    elif "winner" in row:
        pair = (row["first"], row["second"])
        for one, other in (pair, pair[::-1]):
            yield one, _compared(one, other, row["winner"], entries)
    elif "vote" in row:
        yield row["entry"], row["vote"]
    else:
        yield row["entry"], "/".join(row["values"][key] for key in criteria)


def _compared(
    one: str, other: str, winner: str, entries: Mapping[str, Submission]
) -> str:
    if winner == one:
        words = gettext("better than “%(other)s”")
    elif winner == other:
        words = gettext("not as good as “%(other)s”")
    else:
        words = gettext("equal to “%(other)s”")
    title = entries[other].title if other in entries else gettext("another entry")
    return words % {"other": title}
