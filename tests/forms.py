"""The entry form as the gateway sends it: fields to Django, the file to an upload."""

from __future__ import annotations

import json
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from competitions.models import Competition
from mycenas.storage import StagedFile
from mycenas.uploads.application import FORM_KEY, FormUpload


def post_form(
    client: Client,
    competition: Competition,
    fields: dict[str, str],
    file: StagedFile | None = None,
    *,
    name: str = "dusk.jpg",
    size: int = 0,
    **extra: Any,
) -> HttpResponse:
    """The last response; with the status 204 the bytes may come."""
    coming = FormUpload(name, file.size if file else size)
    path = reverse("submissions:enter", args=[competition.slug])
    response: Any = client.post(path, fields, **{FORM_KEY: coming, **extra})
    if coming.upload is None or file is None:
        return cast(HttpResponse, response)
    response = coming.upload.complete(file, None)
    response.json = lambda: json.loads(response.content)
    return cast(HttpResponse, response)
