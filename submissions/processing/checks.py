"""What `manage.py check --deploy` says of the process that decodes."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from submissions.processing.pictures import DecoderDied, limits_not_kept

HINT = (
    "Pictures are decoded all the same, with what the system knows. Let workers run on "
    "Linux 5.13 or newer (Landlock), on x86_64 or aarch64 (seccomp), in a container "
    "that allows both."
)


@register(Tags.security, deploy=True)
def decoders_are_confined(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each limit of a decoder is one that this system keeps; ask where workers run."""
    try:
        missing = limits_not_kept()
    except (DecoderDied, OSError, ValueError, LookupError) as error:
        missing = [f"all of them, for none can be started ({error})"]
    return [
        checks.Warning(
            f"Decoders run without a limit: {words}.", hint=HINT, id="mycenas.W005"
        )
        for words in missing
    ]
