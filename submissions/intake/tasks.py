from __future__ import annotations

from mycenas.core.queue.tasks import audited_task


@audited_task("submissions.expire")
def expire() -> None:
    from submissions.intake import workflow  # noqa: PLC0415  loaded by the worker

    workflow.sweep()
