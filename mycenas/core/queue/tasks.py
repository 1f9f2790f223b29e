from __future__ import annotations

from mycenas.core.queue.decorators import audited_task


@audited_task("core.send_mail")
def send_mail() -> None:
    from mycenas.core.queue.mail import send_waiting  # noqa: PLC0415  loaded by the worker

    send_waiting()
