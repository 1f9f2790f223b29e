"""The canonical form of mail addresses, so that spellings never make two accounts."""

from __future__ import annotations

import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST = 254


def canonical(text: str) -> str:
    """The address in lower case and ASCII, with its domain as DNS has it.

    Characters that cannot be seen go, full-width ones become ordinary, and a dot at
    the end of the domain goes. ``ValidationError`` where no such form exists.
    """
    local, at, domain = _plain(text).rpartition("@")
    if wrong := [one for one in local if not "!" <= one <= "~"]:
        raise _wrong_part(wrong[0])
    return local + at + _in_ascii(domain)


def canonical_if_any(text: str) -> str:
    """Like `canonical`, but returns text without a canonical form unchanged.

    PostgreSQL refuses to store what has no canonical form.
    """
    try:
        return canonical(text)
    except ValidationError:
        return _plain(text)


def in_words(text: str) -> str:
    """A search text with its mail addresses in canonical form."""
    words = text.split(" ")
    return " ".join(canonical_if_any(word) if "@" in word else word for word in words)


def _plain(text: str) -> str:
    compatible = unicodedata.normalize("NFKC", text)
    seen = [one for one in compatible if unicodedata.category(one) not in ("Cc", "Cf")]
    return unicodedata.normalize("NFC", "".join(seen).strip().lower())


def _in_ascii(domain: str) -> str:
    if domain.isascii():
        return domain.rstrip(".")
    try:
        return idna.encode(domain, uts46=True).decode().rstrip(".")
    except UnicodeError as error:
        raise ValidationError(
            _(
                "“%(domain)s” is no domain that mail can reach. Check the part after "
                "“@”."
            ),
            params={"domain": domain},
            code="mail_domain",
        ) from error


def _wrong_part(found: str) -> ValidationError:
    return ValidationError(
        _(
            "The address has “%(found)s” before “@”. Only letters from a to z, digits "
            "and signs such as “.” and “-” may stand there."
        ),
        params={"found": found},
        code="mail_local_part",
    )
