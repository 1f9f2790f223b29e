"""A file on its way in pieces."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from mycenas.accounts.models import User
from mycenas.core.db.bounds import MOST_BYTES, numbers
from mycenas.core.models import ConstrainedModel
from submissions.models.entry import Submission, new_token
from submissions.states import SubmissionState


class UploadQuerySet(models.QuerySet["Upload"]):
    def going_on(self) -> Self:
        """Uploads whose file may still come."""
        return self.filter(submission__state=SubmissionState.RESERVED)


def grant_of(person: User) -> str:
    """Changes with the password, and whenever a person signs out everywhere."""
    said = f"{person.password}:{person.session_generation}"
    return hashlib.sha256(said.encode()).hexdigest()


class Upload(ConstrainedModel):
    """A reservation's file on its way; one for each reservation.

    ``name`` is the secret in the upload's address, and ``ended`` the last one that was
    ended by DELETE. ``offset`` is how many bytes are durable in the store's part called
    ``part``. It is always below ``length`` (bytes, None until declared): the last piece
    moves the entry to *received* instead. ``sha256`` was declared after the reservation
    was made; that of the reservation itself is in its own row.
    """

    name = models.CharField(
        max_length=32, unique=True, default=new_token, editable=False
    )
    ended = models.CharField(  # noqa: DJ001  unique where there is one
        max_length=32, unique=True, null=True, editable=False
    )
    part = models.CharField(
        max_length=32, unique=True, default=new_token, editable=False
    )
    # What the participant signs in with, as it was when the address was given.
    grant = models.CharField(max_length=64, blank=True, editable=False)
    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="upload", editable=False
    )
    length = models.BigIntegerField(null=True, editable=False)
    sha256 = models.CharField(  # noqa: DJ001  unset until declared
        max_length=64, null=True, editable=False
    )
    offset = models.BigIntegerField(default=0, editable=False)
    file_name = models.CharField(max_length=255, blank=True, editable=False)

    # Set by the query that finds the row: when that was, and whether its owner has an
    # entry in the same competition already.
    found_at: datetime | None = None
    has_entered: bool = True

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="upload_offset_within_length",
                condition=Q(offset=0, length=None)
                | Q(offset__gte=0, length__isnull=False, offset__lt=F("length")),
            ),
            # It names a file in staging.
            models.CheckConstraint(
                name="upload_part_names_a_file",
                condition=Q(part__regex=r"^[A-Za-z0-9_-]{1,32}$"),
            ),
            *numbers(0, MOST_BYTES, "length", "offset"),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"

    def end_url(self, **declared: Any) -> bool:
        """End the URL and discard its bytes; the row has another URL afterwards.

        ``declared`` replaces what was declared of the file. False if the URL was ended
        meanwhile.
        """
        current = type(self).objects.filter(pk=self.pk, name=self.name)
        ended = current.update(
            name=new_token(),
            part=new_token(),
            ended=self.name,
            grant=grant_of(self.submission.participant),
            offset=0,
            file_name="",
            **declared,
        )
        return bool(ended)
