"""What other apps hear of a competition, in the transaction of the step."""

from __future__ import annotations

from django.dispatch import Signal

# Both have the argument ``competition``. A receiver that raises undoes the step.
winners_announced = Signal()
cancelled = Signal()
