"""The connections of a server that carry no request at present, by address."""

from __future__ import annotations

from collections import Counter
from typing import Protocol


class Connection(Protocol):
    """``address`` is that of the client; '' for a peer that no limit counts."""

    address: str

    def give_way(self) -> None:
        """End, so that another connection finds room."""


class IdleConnections:
    """Connections whose next request head has not arrived whole, oldest first."""

    def __init__(self) -> None:
        self._by_address: dict[str, dict[Connection, None]] = {}
        self._slow: set[Connection] = set()
        self._slow_of: Counter[str] = Counter()

    def add(self, connection: Connection) -> None:
        self._by_address.setdefault(connection.address, {})[connection] = None

    def discard(self, connection: Connection) -> None:
        of_address = self._by_address.get(connection.address, {})
        of_address.pop(connection, None)
        if not of_address:
            self._by_address.pop(connection.address, None)
        if connection in self._slow:
            self._slow.remove(connection)
            self._slow_of -= Counter([connection.address])

    def add_slow(self, connection: Connection) -> int:
        """Count a connection as slow; the number of slow ones of its address."""
        if connection not in self._slow:
            self._slow.add(connection)
            self._slow_of[connection.address] += 1
        return self._slow_of[connection.address]

    def oldest_of_largest(self) -> Connection | None:
        """The oldest connection of the address that has the most."""
        largest = max(self._by_address.values(), key=len, default=None)
        return next(iter(largest)) if largest else None
