from __future__ import annotations

import logging
import signal
from threading import Event
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from mycenas.core.queue.tasks import sweepers

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Does what waits, without needing Redis: deadlines, lost entries, mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forever", action="store_true", help="until stopped")
        parser.add_argument(
            "--every", type=float, default=5.0, metavar="SECONDS", help="pause between"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = Event()

        def stop(signum: int, frame: FrameType | None) -> None:
            stopped.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        self._sweep_once()
        while options["forever"] and not stopped.wait(options["every"]):
            self._sweep_once()

    def _sweep_once(self) -> None:
        """Run each sweeper; log one that fails and continue with the next."""
        for sweeper in sweepers():
            close_old_connections()
            try:
                sweeper.run()
            except Exception:
                logger.exception("%s did not finish; it is tried again.", sweeper.name)
