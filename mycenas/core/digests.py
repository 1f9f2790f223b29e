"""SHA-256 digests as people quote them: whole, or by their first digits."""

from __future__ import annotations

import re

from django.db.models import BinaryField, CharField, F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThanOrEqual, LessThan

# Fewer could be a word, or a date.
FEWEST_DIGITS = 8
_DIGITS = re.compile(
    rf"(?:sha-?256[:=]\s*)?([0-9a-f]{{{FEWEST_DIGITS},64}})", re.IGNORECASE
)


def first_digits(text: str) -> str:
    """The digest that a text names, or its first digits; '' if it names none."""
    match = _DIGITS.fullmatch(text.strip().rstrip("….").strip())
    return match[1].lower() if match else ""


def starting(field: str | Combinable, digits: str) -> Q:
    """Rows whose digest in ``field`` begins with these digits, found by its index.

    The letter after the last digit ends the range.
    """
    column = F(field) if isinstance(field, str) else field
    return Q(GreaterThanOrEqual(column, digits), LessThan(column, f"{digits}g"))


def sha256_of(column: str) -> Func:
    """The SHA-256 of a column of bytes in hexadecimal digits, by PostgreSQL."""
    digest = Func(F(column), function="sha256", output_field=BinaryField())
    return Func(digest, Value("hex"), function="encode", output_field=CharField())
