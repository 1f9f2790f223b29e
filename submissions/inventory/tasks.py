from __future__ import annotations

from mycenas.core.queue.tasks import audited_task


@audited_task("submissions.audit_storage")
def audit_storage(after: int = 0) -> None:
    from submissions.inventory import workflow  # noqa: PLC0415  loaded by the worker

    workflow.audit_slice(after)


@audited_task("submissions.find_orphans")
def find_orphans() -> None:
    from submissions.inventory import workflow  # noqa: PLC0415  loaded by the worker

    workflow.tell_orphans()
