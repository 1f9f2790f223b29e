"""Inside the attacked processes: shorter pauses, a clock to turn, switches."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from django.apps import AppConfig
from django.utils import timezone

from tests.siege.control import VARIABLE, Control

EXPIRY_GRACE = timedelta(seconds=5)
# Longer than the pause that ends a body, so that no file on its way is swept.
STAGING_KEPT = timedelta(seconds=45)


class SiegeConfig(AppConfig):
    name = "tests.siege"
    label = "siege"

    def ready(self) -> None:
        # The models of the product are there only now.
        from submissions.intake import workflow as intake
        from tests.siege import switches

        intake.EXPIRY_GRACE = EXPIRY_GRACE
        intake.STAGING_KEPT = STAGING_KEPT
        control = Control(Path(os.environ[VARIABLE]))
        switches.install(control)
        if "uvicorn" in sys.argv[0]:
            turn_clock(control)


def turn_clock(control: Control) -> None:
    """Let this process's clock be wrong by what the control folder says."""
    true_time, true_now = time.time, timezone.now
    time.time = lambda: true_time() + control.clock_offset
    timezone.now = lambda: true_now() + timedelta(seconds=control.clock_offset)
