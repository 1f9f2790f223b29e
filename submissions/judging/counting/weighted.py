"""Criteria with weights: the points of a reading are the weighted mean of its values.

The points of an entry are the mean or median of its readings, or, with
``additive_fit``, their mean after each juror's leniency is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from statistics import median
from typing import Any

from submissions.judging.counting.fit import Scores, adjusted, by_entry, juror_groups
from submissions.judging.counting.inputs import (
    CountingError,
    Inputs,
    exact_number,
    read_inputs,
    require_fields,
    require_new,
    require_reading,
    require_ties,
)
from submissions.judging.counting.ranking import mean, ranked, shown, write_ranking

NAME, VERSION = "weighted", 1
AGGREGATES = ("additive_fit", "mean", "median")
Tie = Callable[[Iterable[Fraction]], Fraction]
TIES: dict[str, Tie] = {"mean": mean, "median": median, "best": max, "worst": min}
CRITERION = "criterion:"

# Weight, lowest value, highest value and step.
Criterion = tuple[Fraction, ...]


def count(data: bytes) -> bytes:
    inputs = read_inputs(data, NAME, VERSION)
    fields = {"aggregate": str, "criteria": list}
    require_fields(inputs.parameters, fields, "The parameters")
    aggregate = inputs.parameters["aggregate"]
    if aggregate not in AGGREGATES:
        raise CountingError(f"There is no aggregate {aggregate!r}.")
    criteria = _criteria(inputs.parameters["criteria"])
    require_ties(inputs, [*TIES, *(CRITERION + name for name in criteria)])
    raw = _scores(inputs, criteria)
    fit = adjusted if aggregate == "additive_fit" else dict
    # The values that a tie-break looks at: of a criterion, or all together.
    rules = {tie: "" if tie in TIES else tie[len(CRITERION) :] for tie in inputs.ties}
    tables = {name: fit(raw[name]) for name in {"", *rules.values()}}
    values = {name: by_entry(table) for name, table in tables.items()}
    columns = [(aggregate, ""), *rules.items()]
    keys = {
        entry: [TIES.get(rule, mean)(values[n][entry].values()) for rule, n in columns]
        for entry in values[""]
    }
    readers = {(row["juror"], row["entry"]) for row in inputs.readings}
    details, rows = _details(raw[""], tables[""]), ranked(inputs, keys)
    return write_ranking(inputs, rows, readers, details)


def _criteria(rows: list[Any]) -> dict[str, Criterion]:
    criteria: dict[str, Criterion] = {}
    fields = ("weight", "low", "high", "step")
    for row in rows:
        require_fields(row, dict.fromkeys(("id", *fields), str), "A criterion")
        name = require_new(row["id"], criteria)
        numbers = [exact_number(row[one], f"{one} of {name}") for one in fields]
        weight, low, high, step = criteria[name] = tuple(numbers)
        if not name or weight <= 0 or step <= 0 or low >= high:
            raise CountingError(f"The criterion {name!r} is not well defined.")
    if not criteria:
        raise CountingError("There is no criterion.")
    return criteria


def _scores(inputs: Inputs, criteria: dict[str, Criterion]) -> dict[str, Scores]:
    """The values for each criterion, and with the name '' their weighted means.

    The fit is linear: the leniency of a mean is the mean of those of its criteria.
    """
    total = sum(weight for weight, *_ in criteria.values())
    tables: dict[str, Scores] = {name: {} for name in ("", *criteria)}
    for row in inputs.readings:
        require_fields(row, {"juror": str, "entry": str, "values": dict}, "A reading")
        juror, entry = row["juror"], row["entry"]
        require_reading(inputs, juror, [entry])
        require_new(entry, tables[""].get(juror, ()))
        require_fields(row["values"], dict.fromkeys(criteria, str), "A reading")
        points = Fraction(0)
        for name, criterion in criteria.items():
            value = _value(row, name, criterion)
            tables[name].setdefault(juror, {})[entry] = value
            points += criterion[0] * value / total
        tables[""].setdefault(juror, {})[entry] = points
    return tables


def _value(row: dict[str, Any], name: str, criterion: Criterion) -> Fraction:
    _, low, high, step = criterion
    what = f"The value of {row['juror']} for {name} of {row['entry']}"
    value = exact_number(row["values"][name], what)
    if not low <= value <= high or (value - low) % step:
        raise CountingError(f"{what} is {row['values'][name]}, which is off the scale.")
    return value


def _details(raw: Scores, counted: Scores) -> dict[str, Any]:
    """Before and after the fit, how lenient each juror was, and who can be compared."""
    after = by_entry(counted)
    entries = {}
    for entry, row in by_entry(raw).items():
        numbers = mean(row.values()), median(row.values()), mean(after[entry].values())
        names = zip(("mean", "median", "adjusted_mean"), numbers, strict=True)
        entries[entry] = {name: shown(number) for name, number in names}
    leniency = {
        juror: shown(mean(row[entry] - counted[juror][entry] for entry in row))
        for juror, row in raw.items()
    }
    return {"entries": entries, "leniency": leniency, "groups": juror_groups(raw)}
