"""Reading the environment; the only place that does."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

# A week; whoever waits longer than this waits for something else.
LONGEST_SECONDS = 604_800

_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BYTES = re.compile(r"([0-9]{1,9})([KMG])")
_RATE = re.compile(r"([0-9]{1,9}[KMG])/([0-9]{0,4})([smhd])")


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


def env_int(name: str, default: int) -> int:
    """A whole number, not below zero."""
    text = env_text(name)
    if not text.isdecimal() and text:
        raise ImproperlyConfigured(f"{name}={text} is not a whole number.")
    return int(text or default)


def env_bytes(name: str, default: str) -> int:
    """Bytes, written as ``512K``, ``100M`` or ``2G``; ``0`` for none."""
    text = env_text(name, default)
    return _bytes(name, text)


def env_rate(name: str, default: str) -> tuple[int, int]:
    """Bytes and the seconds in which they may come: ``1G/m``, ``100M/10s``."""
    text = env_text(name, default)
    found = _RATE.fullmatch(text)
    if found is None:
        raise ImproperlyConfigured(
            f"{name}={text} is not a rate of bytes. Write it like 500M/m or 2G/10m."
        )
    amount, many, period = found.groups()
    return _bytes(name, amount), int(many or 1) * _PERIODS[period]


def _bytes(name: str, text: str) -> int:
    found = _BYTES.fullmatch(text)
    if found is None and text != "0":
        raise ImproperlyConfigured(
            f"{name}={text} is not an amount of bytes. Write it like 512K, 100M or 2G."
        )
    return int(found[1]) * _UNITS[found[2]] if found else 0


def env_path(name: str, default: Path) -> Path:
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
