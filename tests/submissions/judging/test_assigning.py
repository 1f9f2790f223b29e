"""Plans: enough readings, even loads, no conflict, nothing moved."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.judging.assigning import CannotAssignError, Wanted, assign

SEED = b"s" * 32
ENTRIES = [f"E{n:02}" for n in range(20)]
JURORS = [f"J{n}" for n in range(5)]


def wanted(**rest) -> Wanted:
    every: dict = {"entries": ENTRIES, "jurors": JURORS, "readings": 3, "seed": SEED}
    return Wanted(**every | rest)


def loads(plan) -> Counter:
    return Counter(juror for juror, _ in plan)


def readings(plan) -> Counter:
    return Counter(entry for _, entry in plan)


pairs = st.sets(st.tuples(st.sampled_from(JURORS[:2]), st.sampled_from(ENTRIES)))


@settings(max_examples=40)
@given(conflicts=pairs, kept=pairs)
def test_plans_keep_to_what_is_wanted(conflicts, kept):
    """Conflicts and kept readings are of two jurors: a plan always exists."""
    one = wanted(conflicts=conflicts - kept, kept=kept)
    plan = assign(one)
    assert set(plan) >= kept
    assert set(plan).isdisjoint(one.conflicts)
    assert set(readings(plan).values()) == {3}
    assert len(set(plan)) == len(plan)


def test_loads_are_within_one():
    plan = assign(wanted(entries=[*ENTRIES, "E99"], conflicts={("J0", "E00")}))
    assert sorted(loads(plan).values()) == [12, 12, 13, 13, 13]


def test_kept_readings_count_into_the_loads():
    kept = {("J0", entry) for entry in ENTRIES[:12]}
    assert set(loads(assign(wanted(kept=kept))).values()) == {12}


def test_loads_are_as_even_as_conflicts_allow():
    conflicts = {("J0", entry) for entry in ENTRIES[2:]}
    kept = {("J1", entry) for entry in ENTRIES[:16]}
    plan = assign(wanted(conflicts=conflicts, kept=kept))
    assert loads(plan) == {"J0": 2, "J1": 16, "J2": 14, "J3": 14, "J4": 14}


def test_the_same_seed_makes_the_same_plan_in_any_order():
    plan = assign(wanted())
    again = wanted(entries=ENTRIES[::-1], jurors=JURORS[::-1])
    assert assign(again) == plan
    assert assign(wanted(seed=b"t" * 32)) != plan


def test_jurors_meet_in_many_combinations():
    """Else the fit could not compare them: of ten sets of three, most occur."""
    plan = assign(wanted())
    teams = {frozenset(j for j, e in plan if e == entry) for entry in ENTRIES}
    assert len(teams) >= 7


def test_an_absent_juror_keeps_what_was_scored_and_gets_no_more():
    kept = {("gone", entry) for entry in ENTRIES[:4]}
    plan = assign(wanted(kept=kept))
    assert loads(plan)["gone"] == 4
    assert set(readings(plan).values()) == {3}


def test_a_late_juror_fills_what_is_missing_only():
    before = set(assign(wanted(readings=2)))
    plan = set(assign(wanted(jurors=[*JURORS, "late"], kept=before)))
    assert before <= plan
    assert len(plan - before) == len(ENTRIES)


def test_more_readings_than_wanted_stay():
    kept = {(juror, "E00") for juror in JURORS}
    assert readings(assign(wanted(kept=kept)))["E00"] == 5


def test_an_entry_with_too_few_jurors_is_named_with_the_reason():
    conflicts = {(juror, "E07") for juror in JURORS[:3]}
    with pytest.raises(CannotAssignError) as caught:
        assign(wanted(conflicts=conflicts))
    assert caught.value.reasons == {
        "E07": "E07 needs 3 more readings, but only 2 of 5 jurors may still read it; "
        "3 have a conflict."
    }


def test_full_jurors_are_the_reason_for_as_many_entries_as_lack_readings():
    with pytest.raises(CannotAssignError) as caught:
        assign(wanted(most_per_juror=11))
    assert len(caught.value.reasons) == 5
    sentence = next(iter(caught.value.reasons.values()))
    assert "lacks 1 of 3 readings" in sentence
    assert "with at most 11 entries each" in sentence
    assert len(assign(wanted(most_per_juror=12))) == 60


def test_a_kept_reading_with_a_conflict_is_refused():
    pair = {("J0", "E00")}
    with pytest.raises(ValueError, match="J0 has a conflict with E00"):
        assign(wanted(conflicts=pair, kept=pair))


def test_nothing_to_assign_is_an_empty_plan():
    assert assign(wanted(entries=[])) == []
    with pytest.raises(CannotAssignError, match="0 of 0 jurors"):
        assign(wanted(jurors=[]))
