"""Models with a state."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.models import ConstrainedModel
from mycenas.core.http.errors import MOVED_ON, InvalidTransition, LostRace
from mycenas.core.states.machine import StateMachine

STATE_WIDTH = 24


class Stateful(ConstrainedModel):
    """A model whose ``state`` is changed by ``move`` only; PostgreSQL enforces it."""

    machine: ClassVar[StateMachine]
    state: models.CharField[str, str]

    class Meta:
        abstract = True

    def move(
        self, to: str, *, expect: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """Move to ``to`` in one guarded UPDATE, together with ``changes``.

        ``expect`` adds columns that must still hold the given values. Raises
        ``InvalidTransition`` for a move that does not exist, ``LostRace`` if the row
        is no longer as it was read, ``IntegrityError`` if a guard refuses.
        """
        old = str(self.state)
        if not self.machine.allows(old, to):
            raise InvalidTransition(
                _("This cannot go from “%(old)s” to “%(new)s”.")
                % {"old": self._label(old), "new": self._label(to)}
            )
        manager: models.Manager[Any] = type(self)._default_manager
        rows = manager.filter(pk=self.pk, state=old, **expect or {})
        if rows.update(state=to, **changes) != 1:
            raise LostRace(MOVED_ON)
        self.apply_changes({"state": to, **changes})

    def apply_changes(self, changes: dict[str, Any]) -> None:
        """Set the written values; expressions are read from the row when needed."""
        for name, value in changes.items():
            if hasattr(value, "resolve_expression"):
                self.__dict__.pop(name, None)
            else:
                setattr(self, name, value)

    def require(self, *states: str) -> None:
        """Raise ``InvalidTransition`` unless the row is in one of ``states``.

        For moves that the machine also allows as part of another action.
        """
        if self.state not in states:
            raise InvalidTransition(
                _("This cannot be done while it is “%(state)s”.")
                % {"state": self._label(str(self.state))}
            )

    def _label(self, state: str) -> str:
        return str(self.machine.states(state).label)  # type: ignore[attr-defined]
