from __future__ import annotations

from mycenas.core.queue.tasks import audited_task


@audited_task("competitions.keep_deadlines")
def keep_deadlines() -> None:
    from competitions import workflow  # noqa: PLC0415  loaded by the worker

    workflow.keep_deadlines()
