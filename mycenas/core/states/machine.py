"""State machines: declared here, enforced by PostgreSQL through rendered triggers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class StateMachine:
    """The states of rows of ``table``, and the allowed moves between them.

    ``moves`` maps every state to the states that may follow it; a final state maps
    to nothing. ``ValueError`` on unknown, missing or unreachable states.
    """

    name: str
    table: str
    states: type[Enum]
    initial: str
    moves: Mapping[str, frozenset[str]]

    def __post_init__(self) -> None:
        known = {str(state.value) for state in self.states}
        if set(self.moves) != known:
            raise ValueError(f"{self.name}: moves must list exactly {sorted(known)}")
        if self._reachable() != known:
            missing = sorted(known - self._reachable())
            raise ValueError(f"{self.name}: unreachable or unknown states {missing}")

    def _reachable(self) -> set[str]:
        seen: set[str] = set()
        waiting = [str(self.initial)]
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                waiting.extend(str(after) for after in self.moves.get(state, ()))
        return seen

    def allows(self, old: str, new: str) -> bool:
        """Whether a row in ``old`` may be moved to ``new``."""
        return new in self.moves.get(old, frozenset())

    def pairs(self) -> list[tuple[str, str]]:
        """All legal moves, sorted, so that rendered SQL never changes by chance."""
        return sorted(
            (str(old), str(new)) for old, after in self.moves.items() for new in after
        )

    @property
    def moves_trigger(self) -> str:
        return f"{self.name}_moves"

    @property
    def starts_trigger(self) -> str:
        return f"{self.name}_starts"

    def sql(self) -> str:
        """SQL that installs the two triggers; legal writes never enter PL/pgSQL."""
        return "\n".join(
            self._install(trigger, body) for trigger, body in self.triggers().items()
        )

    def reverse_sql(self) -> str:
        return "\n".join(
            f"DROP TRIGGER {trigger} ON {self.table};" for trigger in self.triggers()
        )

    def triggers(self) -> dict[str, str]:
        """Trigger name to its CREATE TRIGGER statement."""
        pairs = ",\n    ".join(f"('{old}', '{new}')" for old, new in self.pairs())
        return {
            self.moves_trigger: (
                f"CREATE TRIGGER {self.moves_trigger} BEFORE UPDATE ON {self.table}\n"
                "  FOR EACH ROW WHEN (OLD.state <> NEW.state"
                " AND (OLD.state, NEW.state) NOT IN (\n"
                f"    {pairs}\n"
                f"  )) EXECUTE FUNCTION refuse_state('{self.moves_trigger}');"
            ),
            self.starts_trigger: (
                f"CREATE TRIGGER {self.starts_trigger} BEFORE INSERT ON {self.table}\n"
                f"  FOR EACH ROW WHEN (NEW.state <> '{self.initial}')\n"
                f"  EXECUTE FUNCTION refuse_state('{self.starts_trigger}');"
            ),
        }

    def _install(self, trigger: str, body: str) -> str:
        return (
            f"{body}\n"
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {trigger};\n"
            f"COMMENT ON TRIGGER {trigger} ON {self.table} IS '{digest(body)}';"
        )


def digest(sql: str) -> str:
    """Digest stored beside a trigger, to find one that differs from its declaration."""
    return hashlib.sha256(sql.encode()).hexdigest()[:16]
