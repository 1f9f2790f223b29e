"""Reading the environment; the only place that does."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

# A week; whoever waits longer than this waits for something else.
LONGEST_SECONDS = 604_800


def env_text(name: str, default: str = "") -> str:
    """The variable's text, or ``default`` when unset or empty."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, *, default: bool) -> bool:
    """True for 1, true, yes, on; anything else set is False."""
    text = env_text(name)
    return text.lower() in {"1", "true", "yes", "on"} if text else default


def env_list(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list without blanks."""
    text = env_text(name)
    return [part.strip() for part in text.split(",") if part.strip()] or list(default)


def env_seconds(name: str, default: float) -> timedelta:
    """A span of time, given in seconds; more than none."""
    text = env_text(name)
    try:
        seconds = float(text or default)
    except ValueError:
        seconds = 0.0
    if 0 < seconds < LONGEST_SECONDS:
        return timedelta(seconds=seconds)
    raise ImproperlyConfigured(
        f"{name} is {text!r}. Set it to a number of seconds above 0 and below "
        f"{LONGEST_SECONDS}, such as {default:g}, or leave it out."
    )


def env_path(name: str, default: Path) -> Path:
    """An absolute path."""
    text = env_text(name)
    return (Path(text).expanduser() if text else default).resolve()


def env_secret(name: str, *, debug: bool, development: str) -> str:
    """A secret; without one a site that is not in DEBUG refuses to start."""
    text = env_text(name)
    if text or debug:
        return text or development
    raise ImproperlyConfigured(
        f"{name} is not set. Set it to a long random text, or set DEBUG=1 on a "
        "machine that only you can reach."
    )
