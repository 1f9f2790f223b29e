"""What phase one refuses; most of it only for a while."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.core.errors import Refused
from submissions.intake.quotas import Delay, Quota


class DifferentRepeat(Refused):
    """The idempotency key was used for something else."""

    status = 422
    code = "idempotency_key_reused"


class Waits(Refused):
    """Nothing is wrong with it, but it must come later; the ``quota`` says when."""

    status = 503

    def __init__(self, quota: Quota, sentence: str | Promise, **more: Any) -> None:
        super().__init__(sentence, **more)
        self.quota = quota
        self.retry_after = quota.seconds

    @property
    def headers(self) -> dict[str, str]:
        return self.quota.headers


class StorageUnavailable(Waits):
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


class Delayed(Waits):
    """The door has no room for these bytes now; the arrival stands."""

    def __init__(self, delay: Delay) -> None:
        numbers = {name: f"{value:,}" for name, value in delay.parameters.items()}
        sentence = gettext(delay.sentence) % numbers
        super().__init__(delay.quota, sentence, code=delay.code)
