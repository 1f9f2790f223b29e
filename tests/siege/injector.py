"""Who attacks: deals the acts like cards, so that every kind has its turn."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter

from tests.siege.acts import ACTS, Act, Attack
from tests.siege.site import SiegeSite, Vain

LONGEST_INTERVAL = 6.0


class FaultInjector:
    """Attacks until time is up and enough was killed; deterministic but for time."""

    def __init__(self, site: SiegeSite, seed: str, seconds: float) -> None:
        self.kills: Counter[str] = Counter()
        self.acts: Counter[str] = Counter()
        self.skipped: dict[str, str] = {}
        self._attack = Attack(site, random.Random(f"{seed}/injector"))
        self._seconds = seconds
        self._cards = [card for card in ACTS.values() if self._can(card, site)]
        self._deck: list[Act] = []

    def _can(self, card: Act, site: SiegeSite) -> bool:
        if card.needs_crash_fs and not site.disk.is_crash_fs:
            self.skipped[card.name] = "needs the forgetful file system"
            return False
        return True

    def rage(self, *, least_kills: int, say) -> None:
        """Return when time is up; a slow machine gets more of it for its kills."""
        started = time.monotonic()
        pause = threading.Event()
        interval = min(LONGEST_INTERVAL, 0.9 * self._seconds / len(self._cards))
        while self._goes_on(time.monotonic() - started, least_kills):
            begun = time.monotonic()
            self._play(self._next(), say)
            pause.wait(max(0.2, interval - (time.monotonic() - begun)))

    def _goes_on(self, passed: float, least_kills: int) -> bool:
        enough = self.kills.total() >= least_kills
        return passed < self._seconds or (not enough and passed < 3 * self._seconds)

    def _next(self) -> Act:
        if not self._deck:
            self._deck = [
                card for card in self._cards if not (card.once and self.acts[card.name])
            ]
            self._attack.dice.shuffle(self._deck)
        return self._deck.pop()

    def _play(self, card: Act, say) -> None:
        try:
            killed = card.run(self._attack) or 0
        except (OSError, LookupError, ValueError, Vain) as error:
            self.skipped[card.name] = f"came to nothing once: {error}"
            say(f"{card.name}: came to nothing ({error})")
            return
        say(card.name)
        self.acts[card.name] += 1
        if killed:
            self.kills[card.name] += killed
