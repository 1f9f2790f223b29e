from __future__ import annotations

from celery import shared_task


@shared_task(name="core.send_mail")
def send_mail() -> None:
    from mycenas.core.mail import send_waiting  # noqa: PLC0415  loaded by the worker

    send_waiting()
