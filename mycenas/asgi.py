"""The site as one ASGI application: the door around Django's WSGI handler."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext

from mycenas.storage import store
from mycenas.wsgi import application as pages
from submissions.intake.door import Door
from submissions.intake.express.lane import Lane
from submissions.intake.express.visit import enter
from submissions.intake.refusals import Refusals
from submissions.intake.requests import Limits

application = Door(
    pages,
    store=store(),
    limits=Limits(
        upload_bytes=settings.MAX_UPLOAD_BYTES,
        form_bytes=settings.MAX_FORM_BYTES,
        files_at_once=settings.PACE_FILES,
        waiting_room=settings.PACE_WAITING,
        wait_seconds=settings.PACE_WAIT_SECONDS,
        bytes_per_second=settings.PACE_TOTAL,
    ),
    lane=Lane(
        enter,
        looking=settings.ARRIVAL_THREADS,
        keeping=settings.KEEPING_THREADS,
    ),
    threads=settings.PAGE_THREADS,
    refusals=Refusals(gettext, settings.LANGUAGE_CODE),
)
