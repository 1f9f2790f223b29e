"""The one form in which each mail address and each URL is stored."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address
from typing import Any, NoReturn
from urllib.parse import quote

import idna
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mycenas.core.text import shown, stream_safe

LONGEST_MAIL = 254
# Before “@”: RFC 5321, section 4.5.3.1.1.
LONGEST_LOCAL = 64
# Spaces and characters that have a shorter form may be typed along.
LONGEST_TYPED = 4 * LONGEST_MAIL


def canonical(text: str) -> str:
    """The address in lower case and ASCII, with its domain as DNS has it.

    Characters that cannot be seen go, full-width ones become ordinary, and a dot at
    the end of the domain goes. ``ValidationError`` where no such form exists. Much
    longer text is refused as it is: a single character may have eighteen ordinary ones.
    """
    if len(text) > LONGEST_TYPED:
        raise _too_long(text)
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


def check_one_spelling(text: str) -> None:
    """Refuse an address that has other spellings, or that mail cannot reach.

    “"ada"@example.org” is also ada@example.org, and an IP address is written in many
    ways. Such addresses stay where they are stored already.
    """
    local, _at, domain = text.rpartition("@")
    if '"' in local or len(local) > LONGEST_LOCAL:
        raise ValidationError(
            _(
                "The part before “@” has %(length)d characters or quotation marks. "
                "Type at most %(limit)d characters, without quotation marks."
            ),
            params={"length": len(local), "limit": LONGEST_LOCAL},
            code="mail_local_part",
        )
    try:
        is_one = not domain.startswith("[") and _domain_in_ascii(domain) == domain
    except ValueError:
        is_one = False
    if not is_one:
        raise _wrong_domain(domain)


def in_words(text: str) -> str:
    """A search text with its mail addresses in canonical form."""
    words = text.split(" ")
    return " ".join(canonical_if_any(word) if "@" in word else word for word in words)


def _plain(text: str) -> str:
    if len(text) > LONGEST_TYPED:
        return text
    compatible = unicodedata.normalize("NFKC", stream_safe(text))
    seen = [one for one in compatible if unicodedata.category(one) not in ("Cc", "Cf")]
    plain = "".join(seen).strip().lower()
    return unicodedata.normalize("NFC", stream_safe(plain))


def _in_ascii(domain: str) -> str:
    if domain.isascii():
        return domain.rstrip(".")
    try:
        return _domain_in_ascii(domain)
    except ValueError as error:
        raise _wrong_domain(domain) from error


def _too_long(text: str) -> ValidationError:
    return ValidationError(
        _(
            "A mail address has at most %(limit)d characters; this one has %(length)d. "
            "Shorten it."
        ),
        params={"limit": LONGEST_MAIL, "length": len(text)},
        code="max_length",
    )


def _wrong_domain(domain: str) -> ValidationError:
    return ValidationError(
        _("“%(domain)s” is no domain that mail can reach. Check the part after “@”."),
        params={"domain": shown(domain)},
        code="mail_domain",
    )


def _wrong_part(found: str) -> ValidationError:
    return ValidationError(
        _(
            "The address has “%(found)s” before “@”. Only letters from a to z, digits "
            "and signs such as “.” and “-” may stand there."
        ),
        params={"found": found},
        code="mail_local_part",
    )


LONGEST_URL = 500
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?"
# Fetch Standard, "bad port": browsers connect to none of them.
_BLOCKED_PORTS = frozenset(
    (
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79,
        87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137,
        139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540,
        548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
        3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
        6697, 10080,
    )
)  # fmt: skip
_PARTS = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile(r"[\s\\\x00-\x20\x7f-\x9f]")
_FROM_RIGHT = ("R", "AL", "AN")
_JOINERS = "\u200c\u200d"
_BARE = re.compile(r"[^:/?#@\s]+(:[0-9]+)?([/?#].*)?", re.DOTALL)


def web_address(text: str) -> str:
    """``text`` as a browser sends it: ASCII, the host in lower case and Punycode.

    ValidationError says what was wrong: another scheme, a user's name, a space, a host
    that cannot exist, a port that browsers block, or more than 500 characters.
    """
    text = text.strip()
    found = _PARTS.fullmatch(text)
    if not found:
        _refuse(_("It must begin with https:// or http://."), text, "scheme")
    scheme, authority, rest = found.groups()
    if _UNSEEN.search(text):
        _refuse(_("It must hold no space, backslash or control character."), text)
    if "@" in authority:
        _refuse(
            _("It must name no user and no password before the host."), text, "user"
        )
    try:
        address = f"{scheme.lower()}://{_authority(authority)}{_escaped(rest)}"
    except ValueError:
        _refuse(_("Its host or port cannot exist."), text, "host")
    if len(address) > LONGEST_URL:
        sentence = _("It has %(length)d characters; the limit is %(limit)d.")
        _refuse(
            sentence % {"length": len(address), "limit": LONGEST_URL}, text, "length"
        )
    return address


def with_scheme(text: str) -> str:
    """``https://`` before an address that was typed without a scheme."""
    return f"https://{text}" if _BARE.fullmatch(text) else text


def _refuse(why: str | Promise, text: str, code: str = "characters") -> NoReturn:
    raise ValidationError(
        _("“%(found)s” cannot be used. %(why)s Example: https://example.org/"),
        params={"found": shown(text), "why": why},
        code=code,
    )


def _authority(text: str) -> str:
    """Host and port; ValueError if no browser finds them."""
    found = re.fullmatch(r"(\[.*\]|[^:]*)(?::([0-9]{0,5}))?", text)
    if not found:
        raise ValueError(text)
    host, port = found.groups()
    if port and (int(port) in _BLOCKED_PORTS or int(port) > 0xFFFF):
        raise ValueError(port)
    return _host(host) + (f":{int(port)}" if port else "")


def _host(text: str) -> str:
    if text.startswith("["):
        address = IPv6Address(text[1:-1])
        if address.scope_id:
            raise ValueError(text)
        return f"[{address.compressed}]"
    name = _domain_in_ascii(text)
    if name.rpartition(".")[2].isdigit():
        return str(IPv4Address(name))
    if not re.fullmatch(_NAME, name):
        raise ValueError(text)
    return name


def _domain_in_ascii(text: str) -> str:
    """A domain as browsers send it; ValueError for one that they refuse.

    That is UTS 46 as the URL Standard has it ("domain to ASCII"). IDNA 2008 is
    narrower: it knows no emoji, which some registries sell.
    """
    name = idna.uts46_remap(text, std3_rules=True).removesuffix(".")
    labels = [_decoded(label) for label in name.split(".")]
    if any(unicodedata.category(char) == "Cn" for char in "".join(labels)):
        # Newer than Python's Unicode, and perhaps than that of a visitor's browser.
        raise ValueError(text)
    directions = map(unicodedata.bidirectional, "".join(labels))
    is_mixed = any(direction in _FROM_RIGHT for direction in directions)
    for label in labels:
        _check_label(label, check_direction=is_mixed)
    name = ".".join(map(_encoded, labels))
    if len(name) > 253:
        raise ValueError(text)
    return name


def _decoded(label: str) -> str:
    """Undo Punycode that was applied to what UTS 46 leaves as it is."""
    if not label.startswith("xn--"):
        return label
    text = label[4:].encode("ascii").decode("punycode")
    if text.isascii() or idna.uts46_remap(text) != text or _encoded(text) != label:
        raise ValueError(label)
    return text


def _check_label(label: str, *, check_direction: bool) -> None:
    if not label:
        raise ValueError(label)
    idna.check_initial_combiner(label)
    if check_direction:
        idna.check_bidi(label, check_ltr=True)
    for place, char in enumerate(label):
        if char in _JOINERS and not idna.valid_contextj(label, place):
            raise ValueError(label)


def _encoded(label: str) -> str:
    found = label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
    if len(found) > 63:
        raise ValueError(label)
    return found


def _escaped(text: Any) -> str:
    """Path, query and fragment; what is escaped already stays."""
    return quote(text, safe="/#%[]=:;$&()+,!?*@'~")
