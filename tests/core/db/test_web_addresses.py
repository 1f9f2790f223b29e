"""PostgreSQL and the form agree on what the address of a link may be."""

from __future__ import annotations

import random

import pytest
from django.core.exceptions import ValidationError

from mycenas.core.addresses import web_address
from tests.database.tools import rows

pytestmark = pytest.mark.django_db

PLAIN = "https://example.org"
NAMES = [
    "example.org", "Example.org", "example", "example.", "example.org.", ".org",
    "a..org", "-a.org", "a-.org", "a--b.org", "ab--c.org", "a_b.org", "a.1", "a.1b",
    "a.b1", "1.org", "a.-b", "1.2.3", "1.2.3.4", "1.2.3.4.5", "1.2.3.4.", "01.2.3.4",
    "256.1.1.1", "255.255.255.255", "0.0.0.0", "1.2.3.0x4", "0x7f.1", "exämple.org",
    "xn--exmple-cua.org", f"{'a' * 63}.org", f"{'a' * 64}.org", "a b.org", "a@b.org",
    "ada:x@b.org", "", "%41.org", "a.org\n", "[", "[]", "a]", "[a.org]", "localhost",
    f"{'a.' * 125}org", f"{'a.' * 124}orgs", f"{'a.' * 125}orgs", f"{'a.' * 300}org",
]  # fmt: skip
GROUPS = ["0", "0", "0", "1", "db8", "ffff", "0db8", "DB8", "10000", "", "g"]
SIXES = [
    "::", "::1", "::2", "::1:0", "0::", "1::", "::ffff:0:1", "::ffff:102:304",
    "::ffff:1.2.3.4", "::1.2.3.4", "::102:304", "::fffe:1:2", "::1:2:3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8",
    "1:0:0:4::8", "1::4:0:0:8", "1:0:0:4:5:0:0:8", "1::4:5:0:0:8", "1:0:0:4:5::8",
    "1::2::3", "fe80::1%eth0", "1:2", ":::", "::ffff:0:0", "64:ff9b::102:304",
]  # fmt: skip
RESTS = [
    "", "/", "?", "#", "/a?b#c", "/%", "/%zz", "/ü", "/a b", "/<b>", '/"', "/\\", "/^",
    "/`", "/{x}", "/|", "/[]", "/~'()*!@$&+,;=:-_.", "/a\n", "/\x00"[:1], "/\x7f",
    "/" + "a" * (499 - len(PLAIN)), "/" + "a" * (500 - len(PLAIN)), "x",
]  # fmt: skip


def addresses() -> list[str]:
    """Odd ones, the same each time."""
    made = random.Random(7)
    random_sixes = [
        ":".join(made.choice(GROUPS) for _ in range(made.randint(2, 9)))
        for _ in range(2000)
    ]
    servers = [*NAMES, *(f"[{six}]" for six in (*SIXES, *random_sixes))]
    ports = [*range(12_000), 65_535, 65_536, 99_999, "", "00", "0443", "a", "-1", " 80"]
    schemes = ["http://", "HTTPS://", "ftp://", "//", "https:/", "", " https://"]
    return [
        *(f"https://{server}/" for server in servers),
        *(f"{PLAIN}:{port}/" for port in ports),
        *(f"https://[::1]:{port}" for port in (22, 443, 70_000)),
        *(f"{PLAIN}{rest}" for rest in RESTS),
        *(f"{scheme}example.org/" for scheme in schemes),
    ]


def is_in_its_last_form(text: str) -> bool:
    try:
        return web_address(text) == text
    except ValidationError:
        return False


def test_postgresql_takes_exactly_what_the_form_stores():
    found = rows(
        "SELECT a, is_web_address(a) FROM unnest(%s::text[]) AS a", [addresses()]
    )
    wrong = [text for text, is_one in found if is_one != is_in_its_last_form(text)]
    assert wrong == []
    taken = sum(is_one for _text, is_one in found)
    assert 11_000 < taken < len(found)
