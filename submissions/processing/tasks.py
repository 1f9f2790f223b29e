from __future__ import annotations

from celery import shared_task


@shared_task(name="submissions.process")
def process(submission_id: int) -> None:
    from submissions.processing import workflow  # noqa: PLC0415  loaded by the worker

    workflow.process(submission_id)


@shared_task(name="submissions.sweep")
def sweep() -> None:
    from submissions.processing import workflow  # noqa: PLC0415  loaded by the worker

    workflow.sweep()
