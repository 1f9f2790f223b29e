"""A committed draw: list and seed are fixed before, and everybody can repeat it after.

Before the draw, the SHA-256 of the seed and the digest of the list are published;
afterwards the seed. The order is that of Fisher and Yates (Durstenfeld, Algorithm 235,
Communications of the ACM 7, 1964) over numbers from HMAC-SHA-256 of a counter. A number
that would favor some positions is rejected, so that all orders are equally likely.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence

from mycenas.core.canonical import canonical_bytes, sha256

# As many as the HMAC has (RFC 2104, section 3).
SEED_BYTES = 32
_BITS = 256


def new_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)


def commitment(seed: bytes) -> str:
    """The digest that is published before the draw; a short seed could be guessed."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"A seed has {SEED_BYTES} bytes.")
    return hashlib.sha256(seed).hexdigest()


def list_digest(items: Sequence[str]) -> str:
    """The digest of the list as it is drawn from: sorted, each item once."""
    return sha256(canonical_bytes(_drawable(items)))


def drawn(seed: bytes, items: Sequence[str], purpose: str = "") -> list[str]:
    """The items in the order of the draw.

    Draws for different purposes from one seed do not depend on each other, and neither
    do those from different lists.
    """
    commitment(seed)
    order = _drawable(items)
    numbers = _numbers(seed, f"{purpose}\n{list_digest(order)}".encode())
    for last in range(len(order) - 1, 0, -1):
        chosen = _below(last + 1, numbers)
        order[last], order[chosen] = order[chosen], order[last]
    return order


def with_beacon(purpose: str, number: int, value: str) -> str:
    """The purpose of a draw that also depends on a round of a public beacon.

    ``value`` has hexadecimal digits. The organizers name the round before it happens,
    so that neither they nor the beacon alone choose the order.
    """
    return f"{purpose}\nbeacon {number} {value}"


def _drawable(items: Sequence[str]) -> list[str]:
    order = sorted(items)
    if len(set(order)) != len(order):
        raise ValueError("An item is in the list twice.")
    return order


def _numbers(seed: bytes, context: bytes) -> Iterator[int]:
    """Numbers of 256 bits; the counter has 8 bytes, the most significant first."""
    counter = 0
    while True:
        message = counter.to_bytes(8, "big") + context
        yield int.from_bytes(hmac.digest(seed, message, "sha256"), "big")
        counter += 1


def _below(limit: int, numbers: Iterator[int]) -> int:
    """A number from 0 to ``limit`` - 1, each as likely as the others."""
    usable = 2**_BITS - 2**_BITS % limit
    return next(number for number in numbers if number < usable) % limit
