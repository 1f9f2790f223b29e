"""The part of the door where files come in pieces (tus 1.0.0)."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import Executor

from mycenas.storage import PartialFileLocked, StorageFailed, Store
from submissions.intake.answers import Answer
from submissions.intake.asgi_types import Scope
from submissions.intake.express.lane import Host, Lane
from submissions.intake.flow import Flow
from submissions.intake.handover import Inside
from submissions.intake.pump import Pump
from submissions.intake.quotas import Delay, Quota
from submissions.intake.refusals import Later, gettext_noop
from submissions.intake.requests import Limits, Request
from submissions.intake.tus.headers import VERSION
from submissions.intake.tus.holders import Holders, busy
from submissions.intake.tus.paths import UPLOAD
from submissions.intake.tus.piece import Piece

RESUMABLE = (b"tus-resumable", VERSION.encode())

# So many threads at once may be asked where uploads are: the others are for pages.
LOOKING = 2
STORAGE_FAILED = Delay(
    "storage_failed",
    gettext_noop(
        "The bytes could not be stored just now. What was kept before stays. Go on in "
        "%(seconds)s seconds."
    ),
    Quota("storage", limit=0, seconds=30),
)


class Tus:
    """Streams what carries bytes; everything else is for the page alone."""

    def __init__(
        self,
        inside: Inside,
        store: Store,
        disk: Executor,
        limits: Limits,
        flow: Flow,
        lane: Lane,
    ) -> None:
        self._lane = lane
        self._inside = inside
        self._store = store
        self._disk = disk
        self._flow = flow
        self._looking = asyncio.Semaphore(LOOKING)
        self._holders = Holders(limits.stall_seconds)

    async def answer(self, request: Request) -> Answer:
        """Raises TurnedAway and Disconnected."""
        match = UPLOAD.fullmatch(request.path)
        if match is None:
            return await self._ask(request)
        name = match[1]
        if request.method in ("PATCH", "DELETE"):
            return await self._write(request, name)
        await self._holders.relieve(name)
        async with self._looking:
            return await self._ask(request)

    async def _write(self, request: Request, name: str) -> Answer:
        async with self._holders.hold(name) as claim:
            pump = Pump(self._store, self._disk)
            page = Host(self._inside, self._lane)
            piece = Piece(request, page, pump, claim)
            try:
                if request.method == "DELETE":
                    return await self._ask(request)
                return await piece.answer(self._flow, self._store)
            except PartialFileLocked as error:
                raise busy(1) from error
            except StorageFailed as error:
                raise Later(STORAGE_FAILED) from error
            finally:
                await pump.discard()

    async def _ask(self, request: Request) -> Answer:
        page = Host(self._inside, self._lane)
        return await page.ask(_without_body(request), io.BytesIO())


def _without_body(request: Request) -> Scope:
    return request.described_as(request.header(b"content-type"), 0)
