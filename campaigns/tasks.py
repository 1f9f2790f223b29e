from __future__ import annotations

from celery import shared_task


@shared_task(name="campaigns.keep_windows")
def keep_windows() -> None:
    from campaigns import workflow  # noqa: PLC0415  loaded by the worker

    workflow.keep_windows()
