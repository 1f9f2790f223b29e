"""What one participant has declared for files, and what the site has kept of them."""

from __future__ import annotations

import hashlib
import itertools
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from competitions.models import Competition
from mycenas.storage import store
from submissions.models import Submission
from tests.protocol.raw.ordinary import USED, invented
from tests.protocol.raw.sending import digest
from tests.protocol.tus.serving import Reply, Sender
from tests.protocol.tus.world import JPEG_HEAD, person

_numbers = itertools.count(1)
# Headers that say nothing of the body.
HARMLESS = {"Connection": "Upgrade\r\nUpgrade: h2c"}


@dataclass
class Declared:
    """A length and a digest, as far as they are known."""

    length: int | None = None
    sha256: str | None = None

    def fits(self, data: bytes) -> bool:
        """Whether ``data`` may be the file."""
        lengths, digests = (None, len(data)), (None, sha256_of(data))
        return self.length in lengths and self.sha256 in digests

    def with_(self, other: Declared) -> Declared:
        return Declared(self.length or other.length, self.sha256 or other.sha256)


@dataclass
class Reservation:
    """What its client knows: what was declared first and later, and its addresses.

    ``part`` is what the site has of an upload in pieces, ``kept`` what it acknowledged.
    """

    token: str
    first: Declared = field(default_factory=Declared)
    late: Declared = field(default_factory=Declared)
    paths: list[str] = field(default_factory=list)
    part: bytes = b""
    kept: bytes | None = None

    @property
    def declared(self) -> Declared:
        return self.first.with_(self.late)

    def leads_to(self, path: str) -> None:
        """A new address has none of the bytes."""
        if self.paths[-1:] != [path]:
            self.paths.append(path)
            self.part = b""

    def forget(self) -> None:
        """Only what the reservation itself declared is left."""
        self.late, self.part = Declared(), b""


@dataclass
class Sent:
    """Bytes that were sent. ``whole`` if nothing in their request says otherwise."""

    body: bytes
    whole: bool


class Life:
    """A participant, pictures and keys, drawn from a seed."""

    def __init__(self, seed: int, url: str, competition: Competition) -> None:
        self.draw = random.Random(seed)
        self.competition = competition
        self.sender = Sender(url, person())
        self.names = [*invented(30), *(one for one in USED if one != "Upload-Length")]
        number = next(_numbers)
        self.pictures = [
            *(JPEG_HEAD + self.draw.randbytes(size) for size in (2000, 60)),
            b"no picture" + self.draw.randbytes(50),
        ]
        self.keys = [f"life-{number}-{place}" for place in range(2)]
        self.by_key: dict[str, Reservation] = {}
        self.sent: list[Sent] = []
        self.log: list[str] = []
        self.acknowledged = 0

    # --- what a client chooses

    def a_picture(self) -> bytes:
        """Mostly the same one."""
        return self.draw.choices(self.pictures, [8, 1, 2])[0]

    def a_file(self) -> tuple[bytes, bytes]:
        """A whole file and what is sent of it."""
        whole = self.a_picture()
        part = whole[: self.draw.randint(4, len(whole))]
        return whole, self.draw.choice([whole, whole, part, part, whole + b"more"])

    def signs(self, whole: bytes, body: bytes) -> dict[str, str]:
        """Headers of a client that sends ``body`` as a part of ``whole``."""
        name, total = self.draw.choice(self.names), len(whole)
        kinds: list[dict[str, str]] = [
            *[{}] * 6,
            HARMLESS,
            {"Content_Range": f"bytes 0-{len(body) - 1}/{total}"},
            {"Origin": f"{self.sender.url}\r\n{name}: 1"},
            {"Origin": f"{self.sender.url}\r\n{name}: {total}"},
            {"Upload_Length": str(total)},
            {"Content_Disposition": f"inline; size={total}"},
            {"Content_Disposition": "inline; part=1"},
            {"Upload_Complete": "?0"},
            {"Content_Digest": digest(whole)},
            {"Repr_Digest": digest(whole), "Content_Digest": digest(body)},
            {"X_Forwarded_Uri": "/?part=1"},
        ]
        return self.draw.choice(kinds)

    def a_reservation(self) -> Reservation | None:
        return self.draw.choice([*self.by_key.values()]) if self.by_key else None

    def a_path(self) -> tuple[Reservation, str] | None:
        """An address, mostly the latest one of its reservation."""
        known = self.a_reservation()
        if known is None:
            return None
        old = self.draw.random() < 0.15
        return known, self.draw.choice(known.paths) if old else known.paths[-1]

    # --- what the answers say

    def note(self, request: str, reply: Reply | None = None) -> None:
        answer = f"{reply.status} {code_of(reply)}" if reply else ""
        self.log.append(f"{request} -> {answer}")
        assert reply is None or reply.status < 500, self.log

    def reserved(self, key: str, facts: Any, declared: Declared) -> None:
        """A ticket was taken; a repeat declares nothing else than was declared."""
        token = facts["token"]
        known = next((one for one in self.known() if one.token == token), None)
        if known is None:
            known = Reservation(token, declared)
        elif facts["state"] == "reserved":
            self.declare(known, declared)
        elif known.kept is not None:
            assert declared.fits(known.kept), self.log
        self.by_key[key] = known
        known.leads_to(facts["upload_url"].removeprefix(self.sender.url))

    def declare(self, known: Reservation, declared: Declared) -> None:
        """A request that declares something else is never accepted."""
        before = known.declared
        assert declared.with_(before) == before.with_(declared), self.log
        late = known.late.with_(declared)
        known.late = Declared(
            None if known.first.length else late.length,
            None if known.first.sha256 else late.sha256,
        )

    def answered(self, known: Reservation | None, body: bytes, reply: Reply) -> None:
        """Another file may follow a whole one that was refused as no picture."""
        fits = known is not None and known.declared.fits(body)
        if known and fits and code_of(reply) == "invalid_entry":
            known.forget()

    # --- what must be true

    def known(self) -> list[Reservation]:
        return [*self.by_key.values()]

    def check(self) -> None:
        """What is stored was sent, whole, and is what was declared; and it stays."""
        for row in Submission.objects.filter(participant=self.sender.user):
            known = next((one for one in self.known() if one.token == row.token), None)
            if known is None:  # a form has reserved it
                known = self.by_key[row.idempotency_key] = Reservation(row.token)
                known.leads_to(f"/uploads/{row.upload.name}/")
            if row.original is None:
                assert known.kept is None, self.log
                continue
            data = store().original_path(row.original).read_bytes()
            assert (row.size, row.sha256) == (len(data), sha256_of(data)), self.log
            if known.kept is None:
                self._check_new(known, data)
            assert known.kept == data, self.log

    def _check_new(self, known: Reservation, data: bytes) -> None:
        self.acknowledged += 1
        known.kept = data
        was_whole = [one.whole for one in self.sent if one.body == data]
        assert was_whole, ("these bytes were not sent", self.log)
        is_declared = known.declared != Declared()
        assert any(was_whole) or is_declared, ("a part", self.log)
        assert known.declared.fits(data), (known, self.log)


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def code_of(reply: Reply) -> str:
    """The code of a problem; '' for any other answer."""
    with suppress(ValueError, KeyError):
        return reply.code
    return ""
