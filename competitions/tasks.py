from __future__ import annotations

from celery import shared_task


@shared_task(name="competitions.keep_deadlines")
def keep_deadlines() -> None:
    from competitions import workflow  # noqa: PLC0415  loaded by the worker

    workflow.keep_deadlines()
