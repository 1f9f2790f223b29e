"""System checks of the sandbox that decodes images."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from mycenas.imaging.rendering import DecoderDied, missing_limits

HINT = (
    "Images are decoded all the same, without these limits. Run the workers on "
    "Linux 5.13 or newer (Landlock), on x86_64 or aarch64 (seccomp), in a container "
    "that allows both."
)


@register(Tags.security, deploy=True)
def decoders_are_confined(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The system enforces every limit of a decoder; run this where workers run."""
    try:
        missing = missing_limits()
    except (DecoderDied, OSError, ValueError, LookupError) as error:
        missing = [f"all of them: no decoder starts ({error})"]
    return [
        checks.Warning(
            f"Decoders run without a limit: {words}.", hint=HINT, id="mycenas.W005"
        )
        for words in missing
    ]
