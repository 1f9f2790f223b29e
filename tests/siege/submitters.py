"""People who enter works all the time, and ask again until they are answered."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.siege import ledger as events
from tests.siege.ledger import Ledger
from tests.siege.pictures import GOOD, Work, make
from tests.siege.ways import WAYS, Ask, Attempt, Refusal, Way
from tests.siege.wire import Answer, Broken, Wire, new_key

TRIES = 12
LONGEST_PAUSE = 4.0
# Between works: phase two must keep up on a small machine.
PAUSE = (0.5, 3.0)


@dataclass(frozen=True)
class Place:
    """Where and as whom to enter."""

    port: int
    session: str
    halls: Sequence[str]


class Submitter(threading.Thread):
    """One person with a session and a ledger; ``leave`` ends it after its request."""

    def __init__(self, name: str, seed: str, place: Place, folder: Path) -> None:
        super().__init__(name=name, daemon=True)
        self._dice = random.Random(f"{seed}/{name}")
        self._wire = Wire(place.port, place.session)
        self._halls = place.halls
        self._ledger = Ledger(folder / f"{name}.jsonl")
        self._left = threading.Event()
        self.stumbled = ""

    def run(self) -> None:
        try:
            while not self._left.is_set():
                work = make(self._dice, new_key())
                hall, way = self._dice.choice(self._halls), self._dice.choice(WAYS)
                self.enter(work, hall, way)
                self._left.wait(self._dice.uniform(*PAUSE))
        except Exception as error:
            # Told where the thread is joined.
            self.stumbled = f"{type(error).__name__}: {error}"
        finally:
            self.close()

    def enter_everywhere(self) -> bool:
        """Enter a good picture by every way; whether all were acknowledged."""
        works = [(make(self._dice, new_key(), (GOOD,)), way) for way in WAYS]
        return all(self.enter(work, self._halls[0], way) for work, way in works)

    def close(self) -> None:
        """No more is written to the ledger."""
        self._ledger.close()

    def leave(self) -> None:
        self._left.set()

    def enter(
        self, work: Work, hall: str, way: Way, *, tries: int = TRIES
    ) -> str | None:
        """Enter one work with all patience; its token if it was acknowledged."""
        facts = {"kind": work.kind, "hall": hall, "sha256": work.sha256}
        self._ledger.write("begun", work.key, size=len(work.data), **facts)
        for number in range(tries):
            try:
                attempt = Attempt(work, hall, self._dice, self._asker(work))
                token = way(attempt)
                self._ledger.write(events.ACKNOWLEDGED, work.key, token=token)
                return token
            except Refusal as refusal:
                if refusal.final:
                    return None
            except Broken:
                pass
            if number + 1 < tries and self._left.wait(
                min(LONGEST_PAUSE, 0.2 * 2**number)
            ):
                return None
        return None

    def _asker(self, work: Work) -> Ask:
        def ask(method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
            self._ledger.write(events.ASKING, work.key, request=f"{method} {path}")
            try:
                answer = self._wire.ask(method, path, body, **headers)
            except Broken as error:
                self._ledger.write(events.BROKEN, work.key, why=str(error))
                raise
            facts = {"status": answer.status, "code": answer.code}
            self._ledger.write(events.ANSWERED, work.key, **facts)
            return answer

        return ask
