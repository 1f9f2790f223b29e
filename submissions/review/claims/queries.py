"""The statements that claim, by hand: search and lease are one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

# An expired claim is taken over, one's own renewed; the trigger says until when.
_TAKE = """
  INSERT INTO claims_claim AS claim (submission_id, moderator_id, expires_at)
  SELECT found.id, %(by)s, clock_timestamp() FROM found
  ON CONFLICT (submission_id) DO UPDATE
    SET moderator_id = excluded.moderator_id, expires_at = excluded.expires_at
    WHERE claim.moderator_id = excluded.moderator_id
      OR claim.expires_at <= clock_timestamp()
  RETURNING submission_id
"""
# A range of one state, in its order, makes PostgreSQL use the index of competitions.
_CLAIM_FIRST = f"""
WITH found AS MATERIALIZED (
  SELECT entry.id FROM unnest(%(competitions)s::bigint[], %(after)s::bigint[])
    WITH ORDINALITY AS part (competition, after, number)
  CROSS JOIN LATERAL (
    SELECT id FROM submissions_submission AS waiting
    WHERE competition_id = part.competition
      AND state BETWEEN 'pending' AND 'pending'
      AND waiting.id > part.after AND participant_id <> %(by)s
      AND waiting.id <> ALL (%(but)s::bigint[])
      AND NOT EXISTS (SELECT FROM claims_claim WHERE submission_id = waiting.id
        AND moderator_id <> %(by)s AND expires_at > clock_timestamp())
      AND NOT EXISTS (SELECT FROM permits_permit
        WHERE submission_id = waiting.id AND state = 'open')
    ORDER BY state, waiting.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
  ) AS entry LIMIT 1
), taken AS ({_TAKE})
SELECT (SELECT id FROM found), (SELECT submission_id FROM taken)
"""  # noqa: S608  SQL of ours
_CLAIM_ONE = f"""
WITH found AS (
  SELECT id FROM submissions_submission
  WHERE id = %(only)s AND state = 'pending' AND participant_id <> %(by)s
    AND NOT EXISTS (SELECT FROM permits_permit
      WHERE submission_id = %(only)s AND state = 'open')
), taken AS ({_TAKE})
SELECT (SELECT submission_id FROM taken)
"""  # noqa: S608  SQL of ours

# A competition, and the entry of it after which the search begins.
Part = tuple[int, int]


class Found(NamedTuple):
    """The first free entry, and the same if it could be claimed; None for nothing."""

    entry: int | None
    claimed: int | None


def claim_first(parts: Sequence[Part], *, by: int, but: Sequence[int]) -> Found:
    """Claim the first free entry of the first part that has one, but none of ``but``.

    Skips entries that their artists are asked to change, and those that others claim or
    decide at this moment. An entry may be found and not claimed: another moderator has
    claimed it since the search.
    """
    competitions, after = zip(*parts, strict=True) if parts else ((), ())
    values = {"competitions": list(competitions), "after": list(after)}
    return Found(*_row(_CLAIM_FIRST, {**values, "but": list(but), "by": by}))


def claim_one(entry: int, *, by: int) -> bool:
    """Claim this entry; False if it is not in review, one's own or another's claim.

    False too while its artist is asked to change it.
    """
    return _row(_CLAIM_ONE, {"only": entry, "by": by})[0] is not None


def _row(sql: str, values: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()
