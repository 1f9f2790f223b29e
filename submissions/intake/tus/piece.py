"""One request's bytes on their way to the end of a part."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from typing import Literal

from mycenas.storage import PartialFile, StagedFile, Store
from submissions.intake.answers import Answer
from submissions.intake.bodies import Disconnected
from submissions.intake.express.lane import Host
from submissions.intake.flow import Flow, Turn
from submissions.intake.handover import Intake
from submissions.intake.holding import Wish
from submissions.intake.pump import Pump
from submissions.intake.refusals import TurnedAway, gettext_noop
from submissions.intake.requests import Request
from submissions.intake.signals import GO_ON, LENGTH, PART, ROOM
from submissions.intake.tus.headers import CHECKSUM_MISMATCH, Checksum
from submissions.intake.tus.holders import Claim, GaveWay, busy

# At most so many bytes are sent again after the process was killed.
CHECKPOINT_BYTES = 4 * 1024 * 1024

OK = 204
TOO_SLOW = gettext_noop(
    "Too little arrived for a while, so the transfer was ended. What came is kept: ask "
    "where the upload is and go on from there."
)
BEYOND = gettext_noop("More bytes came than the upload has: %(length)s.")
MISMATCH = gettext_noop(
    "The bytes are not those that Upload-Checksum announced. None of this request "
    "was kept. Send them again."
)


@dataclass
class Place:
    """Where the upload is: bytes that are durable, and how many it has in all."""

    durable: int = 0
    length: int = 0
    begun_at: int = 0
    part: str = ""


class Piece:
    """Asks the page before the bytes, tells it along the way and at the end."""

    def __init__(
        self,
        request: Request,
        page: Host,
        pump: Pump,
        claim: Claim,
    ) -> None:
        self._request = request
        self._page = page
        self._part: PartialFile | None = None
        self._pump = pump
        self._claim = claim
        self._place = Place()
        self._wish: Wish | None = None
        self._checksum: Checksum | None = None

    async def answer(self, flow: Flow, store: Store) -> Answer:
        """Take the bytes; what came before a cut is kept, unless it had a checksum.

        Raises PartialFileLocked while another process writes the same part.
        """
        refusal = await self._begin() or await self._open(store)
        if refusal is not None:
            return refusal
        hold = flow.room.take(self._wish, self._pump) if self._wish else None
        try:
            return await self._taken(flow)
        finally:
            if hold:
                hold.end()

    async def _taken(self, flow: Flow) -> Answer:
        try:
            turn = await self._claim.listen(flow.turn())
        except GaveWay as cut:
            return await self._cut(cut)
        try:
            return await self._take(turn)
        finally:
            turn.end()

    async def _take(self, turn: Turn) -> Answer:
        try:
            refusal = await self._stream(turn)
        except (Disconnected, TurnedAway, GaveWay) as cut:
            return await self._cut(cut)
        return refusal or await self._settle()

    async def _open(self, store: Store) -> Answer | None:
        """Open the part; ask once more if it is not as the row says.

        The row was read before the part was ours, so another process may have gone on.
        """
        part = self._part = await self._pump.run(
            lambda: store.partial_file(self._place.part)
        )
        self._pump.append_to(part)
        if part.found != self._place.begun_at:
            refusal = await self._begin(part.found)
            if refusal is not None:
                return refusal
        offset, checksum = self._place.begun_at, self._checksum
        algorithm = checksum.algorithm if checksum else ""
        self._pump.prepare(lambda: part.begin(offset, algorithm))
        return None

    async def _begin(self, found_bytes: int | None = None) -> Answer | None:
        declared = None if self._request.chunked else self._request.declared
        if self._request.body.finished:
            declared = 0
        answer = await self._ask(
            Intake(
                phase="begin",
                content_length=declared,
                found_bytes=found_bytes,
            )
        )
        if not answer.header(GO_ON):
            return answer
        with answer.open():
            offset = int(answer.header(GO_ON))
            self._wish = Wish.read(answer.header(ROOM))
            length, part = int(answer.header(LENGTH)), answer.header(PART)
            self._place = Place(offset, length, offset, part)
        told = self._request.header(b"upload-checksum").decode("latin-1")
        self._checksum = Checksum.parse(told) if told else None
        return None

    @property
    def _arrived(self) -> int:
        return self._place.begun_at + self._pump.size

    async def _heard(self) -> bytes | None:
        return await self._claim.listen(self._request.body.chunk())

    async def _stream(self, turn: Turn) -> Answer | None:
        """Read to the end of the body, or to the page's refusal, which is returned."""
        while (data := await turn.take(self._heard)) is not None:
            if self._arrived + len(data) > self._place.length:
                parameters = {"length": self._place.length}
                raise TurnedAway(413, "beyond_length", BEYOND, parameters)
            await self._pump.feed([data])
            waiting = self._arrived - self._place.durable
            if waiting >= CHECKPOINT_BYTES and self._arrived < self._place.length:
                answer = await self._settle() if self._checksum is None else None
                if answer is not None and answer.status >= 300:
                    return answer
        return None

    async def _cut(self, cut: Exception) -> Answer:
        """Keep what can be kept, then say what happened, if anybody listens."""
        if self._checksum is None and self._arrived > self._place.durable:
            with (await self._settle()).open():
                pass
        if isinstance(cut, GaveWay):
            self._request.body.abandon()
            raise busy(0) from cut
        if isinstance(cut, TurnedAway) and cut.code == "too_slow":
            raise TurnedAway(408, cut.code, TOO_SLOW) from cut
        raise cut

    async def _settle(self) -> Answer:
        """Make durable what came and tell the page; at the end it acknowledges."""
        arrived = self._arrived
        if arrived < self._place.length:
            await self._pump.flush()
            self._check()
            answer = await self._ask(self._told("progress"))
        else:
            answer = await self._acknowledged()
        if answer.status < 300:
            self._place.durable = arrived
        return answer

    async def _acknowledged(self) -> Answer:
        staged, answer = await self._page.finish(
            self._pump, partial(self._told, "complete"), self._check
        )
        return answer or await self._ask(self._told("complete", staged))

    def _told(
        self, phase: Literal["progress", "complete"], staged: StagedFile | None = None
    ) -> Intake:
        return Intake(
            phase=phase,
            staged=staged,
            durable_before=self._place.durable,
            durable_bytes=self._arrived,
        )

    def _check(self) -> None:
        found = self._part.request_digest() if self._part else b""
        if self._checksum is not None and not self._checksum.fits(found):
            raise TurnedAway(CHECKSUM_MISMATCH, "checksum_mismatch", MISMATCH)

    async def _ask(self, intake: Intake) -> Answer:
        content_type = self._request.header(b"content-type")
        scope = self._request.described_as(content_type, 0)
        return await self._page.ask(scope, io.BytesIO(), intake)
