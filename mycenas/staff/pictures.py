"""Pictures that staff upload for pages: only what is drawn anew of them is kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import ProblemError
from mycenas.imaging.formats import FORMATS
from mycenas.imaging.rendering import (
    DecoderDied,
    DecoderLimits,
    RenderedImage,
    UnreadableImage,
    render,
)

MOST_MEGABYTES = 10
MEGABYTE = 1024 * 1024
# A page waits for the decoder, which takes the longer, the more pixels it reads and
# draws; entries are decoded by workers and may be larger.
BOUNDS = DecoderLimits(
    max_pixels=50_000_000, tallest=3, cpu_seconds=10, wall_seconds=30
)


class PictureField(forms.FileField):
    """The file of a picture, of limited size; `rendered` decodes it."""

    widget = forms.FileInput(attrs={"accept": ",".join(FORMATS)})

    def clean(self, data: Any, initial: Any = None) -> UploadedFile[bytes] | None:
        file: UploadedFile[bytes] | None = super().clean(data, initial)
        if file and is_too_large(file):
            raise ValidationError(
                _(
                    "This picture has %(size).1f MB; the limit is %(limit)d MB. "
                    "Save it smaller."
                ),
                params={
                    "size": (file.size or 0) / MEGABYTE,
                    "limit": MOST_MEGABYTES,
                },
            )
        return file


def is_too_large(file: UploadedFile[bytes]) -> bool:
    return (file.size or 0) > MOST_MEGABYTES * MEGABYTE


@contextmanager
def rendered(file: BinaryIO | UploadedFile[bytes]) -> Iterator[RenderedImage]:
    """Decode the picture in the sandbox; its renditions are there until the end.

    Raises ProblemError if it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="mycenas-") as folder:
        original = Path(folder) / "original"
        original.write_bytes(file.read())
        yield _render(original, Path(folder))


def _render(original: Path, folder: Path) -> RenderedImage:
    try:
        return render(original, folder, limits=BOUNDS)
    except UnreadableImage as problem:
        raise ProblemError(problem.sentence, code=problem.code) from problem
    except DecoderDied as error:
        raise ProblemError(
            _("This picture could not be read. Save it again and try once more."),
            code="decoder_died",
        ) from error
