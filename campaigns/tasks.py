from __future__ import annotations

from mycenas.core.queue.tasks import audited_task


@audited_task("campaigns.keep_windows")
def keep_windows() -> None:
    from campaigns import workflow  # noqa: PLC0415  loaded by the worker

    workflow.keep_windows()
