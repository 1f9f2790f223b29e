from __future__ import annotations

from mycenas.core.celery import audited_task


@audited_task("submissions.process")
def process(submission_id: int) -> None:
    from submissions.processing import workflow  # noqa: PLC0415  loaded by the worker

    workflow.process(submission_id)


@audited_task("submissions.sweep")
def sweep() -> None:
    from submissions.processing import workflow  # noqa: PLC0415  loaded by the worker

    workflow.sweep()
