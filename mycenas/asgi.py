"""The site as one ASGI application: the upload gateway around Django's WSGI handler."""

from __future__ import annotations

from django.conf import settings

from mycenas.wsgi import application as pages

# The apps are ready only now.
# isort: split
from mycenas.storage import store
from mycenas.uploads.application import Backend
from mycenas.uploads.gateway import UploadGateway
from mycenas.uploads.requests import Limits
from submissions.intake.forms import FORM_FIELDS
from submissions.intake.uploads import UploadRequest

application = UploadGateway(
    pages,
    backend=Backend(
        UploadRequest,
        lookups=settings.LOOKUP_THREADS,
        commits=settings.COMMIT_THREADS,
    ),
    store=store(),
    limits=Limits(
        upload_bytes=settings.MAX_UPLOAD_BYTES,
        form_bytes=settings.MAX_FORM_BYTES,
        files_at_once=settings.PACE_FILES,
        queue_length=settings.PACE_WAITING,
        queue_seconds=settings.PACE_WAIT_SECONDS,
        bytes_per_second=settings.PACE_TOTAL,
    ),
    form=FORM_FIELDS,
    threads=settings.PAGE_THREADS,
)
