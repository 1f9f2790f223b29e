"""One request with one file, streamed from its first byte to the acknowledgment."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlencode

from mycenas.storage import StagedFile, StorageFailed
from submissions.intake.answers import Answer
from submissions.intake.express.lane import Host
from submissions.intake.flow import Flow, Turn
from submissions.intake.handover import Intake
from submissions.intake.holding import Hold, Wish
from submissions.intake.pump import Pump
from submissions.intake.quotas import Delay, Quota
from submissions.intake.refusals import Later, TurnedAway, gettext_noop
from submissions.intake.requests import Limits, Request
from submissions.intake.signals import LATER, MAX_BYTES, ROOM, TICKET

GO_ON = 204

FORM_TYPE = b"application/x-www-form-urlencoded"

LENGTH_REQUIRED = gettext_noop(
    "The request does not say how long it is, so nobody could tell whether the file "
    "arrived whole. Send it with a Content-Length."
)
UPLOAD_TOO_LARGE = gettext_noop(
    "The form with its file has %(found)s bytes; the limit for a file is %(limit)s "
    "bytes. Send a smaller file."
)
STORAGE_FAILED = Delay(
    "storage_failed",
    gettext_noop(
        "The file could not be stored just now. Nothing of it was kept. Send it again "
        "in %(seconds)s seconds."
    ),
    Quota("storage", limit=0, seconds=60),
)

Fields = list[tuple[bytes, bytes]]


class Reader(Protocol):
    """Finds the file, and perhaps words around it, in a body as it comes.

    ``file_begun`` turns true once the file may follow; from then on the page can be
    asked with ``fields_before_file``.
    """

    file_begun: bool
    file_name: str
    fields: Fields
    fields_before_file: Fields

    def feed(self, data: bytes) -> None: ...

    def take(self) -> list[bytes]:
        """The file's bytes that came since the last call."""

    def finish(self) -> None:
        """Tell that the body is over; raises TurnedAway if something is missing."""


def check_upload_headers(request: Request, limits: Limits) -> None:
    """Refuse by headers alone what cannot be taken; raises TurnedAway."""
    if request.chunked or request.declared is None:
        raise TurnedAway(411, "length_required", LENGTH_REQUIRED)
    if request.declared > limits.upload_bytes + limits.overhead_bytes:
        parameters = {"found": request.declared, "limit": limits.upload_bytes}
        raise TurnedAway(413, "upload_too_large", UPLOAD_TOO_LARGE, parameters)


class Upload:
    """One visit: "begin" decides who, the bytes come, "complete" acknowledges."""

    def __init__(
        self,
        request: Request,
        reader: Reader,
        page: Host,
        pump: Pump,
        limits: Limits,
        flow: Flow,
    ) -> None:
        self._request = request
        self._page = page
        self._pump = pump
        self._limits = limits
        self._reader = reader
        self._flow = flow
        self._turn: Turn | None = None
        self._hold: Hold | None = None
        self._begun = False
        self._ticket: str | None = None

    async def answer(self, keep_out: Callable[[StagedFile], None]) -> Answer:
        """Take everything in; ``keep_out`` removes a staged file nobody kept."""
        try:
            refusal = await self._stream()
            return refusal or await self._complete(keep_out)
        except StorageFailed:
            return await self._later(STORAGE_FAILED)
        finally:
            for held in (self._turn, self._hold):
                if held:
                    held.end()
            await self._pump.discard()

    async def _stream(self) -> Answer | None:
        """Read the body to its end, or to the page's refusal, which is returned."""
        refusal = await self._begin()
        while refusal is None and (data := await self._chunk()) is not None:
            self._reader.feed(data)
            refusal = await self._begin()
            if refusal is None:
                await self._pump.feed(self._reader.take())
        if refusal is None:
            self._reader.finish()
        return refusal

    async def _chunk(self) -> bytes | None:
        read = self._request.body.chunk
        return await (self._turn.take(read) if self._turn else read())

    async def _begin(self) -> Answer | None:
        """Ask the page once the file may follow; its refusal, if it refuses."""
        if self._begun or not self._reader.file_begun:
            return None
        self._begun = True
        self._pump.limit = self._limits.upload_bytes
        intake = Intake(
            phase="begin",
            file_name=self._reader.file_name,
            content_length=self._request.declared or 0,
        )
        answer = await self._ask(self._reader.fields_before_file, intake)
        if answer.status != GO_ON:
            return answer
        with answer.open():
            self._ticket = answer.header(TICKET) or None
            with suppress(ValueError):
                granted = int(answer.header(MAX_BYTES))
                self._pump.limit = min(self._pump.limit, granted)
            wish = Wish.read(answer.header(ROOM))
        return await (self._later() if answer.header(LATER) else self._wait(wish))

    async def _wait(self, wish: Wish | None) -> Answer | None:
        """For room and the file's turn: until then nothing more is read."""
        try:
            if wish:
                self._hold = self._flow.room.take(wish, self._pump)
            self._turn = await self._flow.turn()
        except Later as full:
            return await self._later(full.delay)
        return None

    async def _later(self, delay: Delay | None = None) -> Answer:
        """Let the bytes go, but not the arrival: the page answers when to come back."""
        fields = self._reader.fields
        if self._ticket is None:
            await self._hear_words()
        intake = Intake(
            phase="later",
            file_name=self._reader.file_name,
            content_length=self._request.declared or 0,
            ticket=self._ticket,
            complete_fields=self._ticket is None,
            delay=delay,
        )
        return await self._ask(fields, intake)

    async def _hear_words(self) -> None:
        """Read on and keep nothing: the words may follow the file."""
        await self._pump.discard()
        self._reader.take()
        while (data := await self._request.body.chunk()) is not None:
            self._reader.feed(data)
            self._reader.take()
        self._reader.finish()

    async def _complete(self, keep_out: Callable[[StagedFile], None]) -> Answer:
        if self._pump.too_large or not self._pump.size:
            return await self._ask(self._reader.fields, self._complete_intake(None))
        if self._reader.fields != self._reader.fields_before_file:
            # There are words that nobody has seen.
            self._page.leave()
        staged, answer = await self._page.finish(self._pump, self._complete_intake)
        if answer is not None:
            return answer
        try:
            return await self._ask(self._reader.fields, self._complete_intake(staged))
        finally:
            keep_out(staged)

    def _complete_intake(self, staged: StagedFile | None) -> Intake:
        return Intake(
            phase="complete",
            staged=staged,
            file_name=self._reader.file_name,
            content_length=self._request.declared or 0,
            ticket=self._ticket,
            complete_fields=True,
            received_bytes=self._pump.size,
            empty=self._reader.file_begun and not self._pump.size,
            too_large=self._pump.too_large,
        )

    async def _ask(self, fields: Fields, intake: Intake) -> Answer:
        form = urlencode(fields).encode("ascii")
        scope = self._request.described_as(FORM_TYPE, len(form))
        return await self._page.ask(scope, io.BytesIO(form), intake)
