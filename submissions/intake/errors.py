"""Refusals of phase one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import Refused
from mycenas.uploads.quotas import Quota, RetryLater


class DifferentRepeat(Refused):
    """The idempotency key was used for something else."""

    status = 422
    code = "idempotency_key_reused"


class StorageUnavailable(RetryLater):
    """The bytes could not be made durable; nothing was acknowledged."""

    code = "storage_unavailable"

    def __init__(self) -> None:
        super().__init__(
            Quota("storage", limit=0, seconds=30),
            _(
                "Your file could not be stored just now, so it is not entered yet. "
                "Your arrival is recorded: send the same form again in half a minute."
            ),
        )


class Unavailable(Refused):
    """PostgreSQL does not answer; what was acknowledged is safe."""

    status = 503
    code = "database_unavailable"
    retry_after = 10

    def __init__(self) -> None:
        super().__init__(
            _("The site cannot be reached just now. Go on in ten seconds.")
        )
