"""The lane for plain requests beside the door: threads, each with a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import IO, Protocol

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from mycenas.core.connections import leave_dead_connection
from mycenas.storage import StagedFile, StagingWriter
from submissions.intake.answers import Answer
from submissions.intake.asgi_types import Scope
from submissions.intake.handover import Intake
from submissions.intake.pump import Pump

LOOKING = KEEPING = 4


class Visit(Protocol):
    """One request that goes the short way; ``phases`` are those that it answers."""

    phases: Collection[str]

    def ask(self, intake: Intake | None) -> Answer | None:
        """The answer; None if the page must be asked."""


class Page(Protocol):
    """Where everybody can ask."""

    async def ask(
        self, scope: Scope, body: IO[bytes], intake: Intake | None = None
    ) -> Answer: ...


# Recognizes who may go the short way, by the request and the words in its body.
Enter = Callable[[Scope, IO[bytes]], Visit | None]


def nobody(*_: object) -> None:
    """Without a lane everybody asks the page."""


class Lane:
    """Runs visits in threads of its own; ``close`` ends them and their connections.

    Who asks to be let in never stands behind files that wait for their disk: it is at
    the same moment that everybody arrives and that the disk has most to do.
    """

    def __init__(
        self,
        enter: Enter = nobody,
        *,
        looking: int = LOOKING,
        keeping: int = KEEPING,
    ) -> None:
        self.enter = enter
        self._lines: list[BaseDatabaseWrapper] = []
        self.looking = self._pool(looking, "looking")
        self.keeping = self._pool(keeping, "keeping")

    async def close(self) -> None:
        """Let running visits finish."""
        await asyncio.to_thread(self._end)

    def _pool(self, threads: int, name: str) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(threads, name, initializer=self._begin_thread)

    def _end(self) -> None:
        self.looking.shutdown()
        self.keeping.shutdown()
        for line in self._lines:
            line.inc_thread_sharing()
            line.close()

    def _begin_thread(self) -> None:
        self._lines.append(connections[connection.alias])


class Host:
    """Stands for the page towards one request."""

    def __init__(self, page: Page, lane: Lane) -> None:
        self._page = page
        self._lane = lane
        self._visit: Visit | None = None

    async def ask(
        self, scope: Scope, body: IO[bytes], intake: Intake | None = None
    ) -> Answer:
        """As the page does."""
        answer = await self._asked(scope, body, intake)
        if answer is not None:
            return answer
        body.seek(0)
        return await self._page.ask(scope, body, intake)

    def leave(self) -> None:
        """From now on only the page is asked."""
        self._visit = None

    async def finish(
        self,
        pump: Pump,
        intake: Callable[[StagedFile], Intake],
        check: Callable[[], None] = lambda: None,
    ) -> tuple[StagedFile, Answer | None]:
        """Make the file durable; the short way also gives the answer, at once.

        Without an answer the page must be asked, and the file is the caller's.
        ``check`` may refuse what was written before it is made durable.
        """

        def seal(writer: StagingWriter) -> StagedFile:
            check()
            return writer.seal()

        visit = self._visit
        if visit is None:
            return await pump.finish(seal), None

        def acknowledge(writer: StagingWriter) -> tuple[StagedFile, Answer | None]:
            staged = seal(writer)
            leave_dead_connection()
            try:
                answer = visit.ask(intake(staged))
            except Exception:
                writer.discard()
                raise
            if answer is not None:
                writer.discard()
            return staged, answer

        return await pump.finish(acknowledge, self._lane.keeping)

    async def _asked(
        self, scope: Scope, body: IO[bytes], intake: Intake | None
    ) -> Answer | None:
        loop = asyncio.get_running_loop()
        if intake is None or intake.phase == "begin":
            enter = partial(_entered, self._lane.enter, scope, body, intake)
            self._visit, answer = await loop.run_in_executor(self._lane.looking, enter)
            return answer
        if self._visit is None or intake.phase not in self._visit.phases:
            return None
        ask = partial(_asked, self._visit, intake)
        return await loop.run_in_executor(self._lane.looking, ask)


def _entered(
    enter: Enter, scope: Scope, body: IO[bytes], intake: Intake | None
) -> tuple[Visit | None, Answer | None]:
    """Begin a visit; nothing for who must ask the page."""
    leave_dead_connection()
    visit = enter(scope, body)
    answer = visit.ask(intake) if visit else None
    return (visit, answer) if answer else (None, None)


def _asked(visit: Visit, intake: Intake) -> Answer | None:
    leave_dead_connection()
    return visit.ask(intake)
