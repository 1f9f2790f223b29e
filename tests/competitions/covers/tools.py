"""Covers as the admin gives them, and the files that they have."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from competitions.covers.workflow import file_name, set_cover
from competitions.models import Competition
from mycenas.imaging.rendering import WIDTHS
from mycenas.staff.pictures import rendered
from mycenas.storage import store
from tests.camera import photograph
from tests.factories import organizer_of
from tests.form_data import filled

ALT = "Waves on a beach"
SIZE = (1200, 600)


def page(name: str, competition: Competition, *more: str) -> str:
    return reverse(
        f"admin:competitions_competition_{name}", args=[competition.pk, *more]
    )


def flat(width: int, height: int) -> bytes:
    """A picture of one color: a small file of any size in pixels."""
    data = io.BytesIO()
    Image.new("L", (width, height)).save(data, "PNG")
    return data.getvalue()


def file(data: bytes | None = None, seed: int = 1, size: Any = SIZE) -> Any:
    return SimpleUploadedFile("beach.jpg", data or photograph(seed, size=size))


def give(competition: Competition, seed: int = 1, alt: str = ALT) -> Competition:
    """A cover as the admin gives it."""
    Competition.objects.filter(pk=competition.pk).update(cover_alt=alt)
    competition.refresh_from_db()
    with rendered(io.BytesIO(photograph(seed, size=SIZE))) as picture:
        set_cover(competition, picture, by=organizer_of(competition))
    competition.refresh_from_db()
    return competition


def stored() -> set[str]:
    """All files of covers; other tests leave some."""
    return {one.key for one in store().covers()}


def files_of(name: str) -> set[str]:
    return {key for key in stored() if f"/{name}-" in key}


def all_of(name: str) -> set[str]:
    return {file_name(name, width) for width in WIDTHS}


def save(client: Any, competition: Competition, **typed: Any) -> Any:
    address = page("change", competition)
    answer = client.post(address, filled(client.get(address), **typed))
    competition.refresh_from_db()
    return answer
