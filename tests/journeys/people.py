"""The people of a site, signed in, and how its tests share them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.stack import PASSWORD, Stack


@dataclass(frozen=True)
class People:
    """The sessions of everybody; each guest is given away once."""

    staff: dict[str, str]
    guests: dict[str, str]
    # Whoever is given away leaves a file here: other processes see it, too.
    taken: Path

    def next_guest(self) -> str:
        """The session of somebody who has done nothing yet."""
        for email, session in self.guests.items():
            with suppress(FileExistsError):
                self.taken.joinpath(email).touch(exist_ok=False)
                return session
        raise LookupError("all guests are given away: let `seeding` make more")


def settle(stack: Stack) -> People:
    """Let people and competitions move into an empty site."""
    taken = stack.folder / "taken"
    taken.mkdir()
    return People(**stack.seed("people", PASSWORD), taken=taken)
