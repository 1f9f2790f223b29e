"""Near-duplicates: entries of one organization whose pictures differ in few bits.

The hash of a picture has 64 bits. Two that differ in at most ``MOST_BITS`` of them have
a quarter of 16 bits that differs in at most one bit, since there are four quarters. So
each quarter is looked up by index, with the 17 values that are one bit away or none:
the cost does not grow with the number of entries.
"""

from __future__ import annotations

from django.db import connection

from submissions.models import Submission

BITS, QUARTERS = 64, 4
MOST_BITS = 2 * QUARTERS - 1
WIDTH = BITS // QUARTERS
MASK = (1 << WIDTH) - 1
# Pictures with a plain background share a quarter: of these so many are compared.
MOST_COMPARED = 1000
# The nearest ones; of other competitions there may be some that a person does not see.
MOST_FOUND = 50

# Only the numbers above are put into the statement's text.
_QUARTER = f"""
(SELECT id, competition_id, dhash, sha256 FROM submissions_submission
 WHERE dhash IS NOT NULL AND ((dhash >> {{shift}}) & {MASK}) = ANY(%s::bigint[])
 LIMIT {MOST_COMPARED})
"""  # noqa: S608  numbers
_QUARTERS = " UNION ".join(_QUARTER.format(shift=one) for one in range(0, BITS, WIDTH))
_DISTANCE = f"bit_count((entry.dhash # (%s)::bigint)::bit({BITS}))"
_NEAR = f"""
SELECT entry.id, {_DISTANCE} AS distance
FROM ({_QUARTERS}) AS entry JOIN competitions_competition AS competition
  ON competition.id = entry.competition_id
WHERE competition.organization_id = %s AND entry.id <> %s
  AND entry.sha256 IS DISTINCT FROM %s AND {_DISTANCE} <= {MOST_BITS}
ORDER BY distance, entry.id LIMIT {MOST_FOUND}
"""  # noqa: S608  numbers


def near(entry: Submission) -> dict[int, int]:
    """Keys of the nearest entries in the organization's competitions, with distances.

    The distance is the number of bits that differ. Identical files are left out.
    """
    if entry.dhash is None:
        return {}
    found = [
        entry.dhash,
        *(_close_to(entry.dhash >> shift & MASK) for shift in range(0, BITS, WIDTH)),
        *(entry.competition.organization_id, entry.pk, entry.sha256, entry.dhash),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, found)
        return dict(cursor.fetchall())


def _close_to(quarter: int) -> list[int]:
    """The value and those that differ from it in one bit."""
    return [quarter, *(quarter ^ 1 << bit for bit in range(WIDTH))]
