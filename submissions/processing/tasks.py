from __future__ import annotations

from mycenas.core.queue.tasks import audited_task


@audited_task("submissions.process")
def process(submission_id: int) -> None:
    from submissions.processing import workflow  # noqa: PLC0415  loaded by the worker

    workflow.process(submission_id)


@audited_task("submissions.begin_canary")
def begin_canary() -> None:
    from submissions.processing import canary  # noqa: PLC0415  loaded by the worker

    canary.begin()


@audited_task("submissions.process_canary")
def process_canary() -> None:
    from submissions.processing import canary  # noqa: PLC0415  loaded by the worker

    canary.process()


@audited_task("submissions.sweep")
def sweep() -> None:
    from submissions.processing import workflow  # noqa: PLC0415  loaded by the worker

    workflow.sweep()
