"""Markdown is rendered in little time: what would take long is refused at the field."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from competitions.markdown import parse_markdown, render_markdown
from competitions.models import Competition

BEYOND = {
    "20001 characters": "a" * 20_001,
    "2001 characters": "*" * 2_001,
    "2002 characters": "`a``" + "{" * 1_999,
    "1001 lines": "a\n" * 1_000 + "a",
    "201 opening brackets": "![" * 201,
    "21 deep": "> " * 21 + "a",
    "21 deep, lists": "- " * 21 + "a",
    "21 deep, mixed": "- " * 20 + "*a*",
    "characters together": f"[a]: {'b' * 9_000}\n\n" + "[a] " * 100,
}
ALLOWED = [
    "a" * 20_000, "[" * 200, "*a**a" * 400, "> " * 20 + "a", "- " * 20 + "a",
    "`" * 2_000, "![[" * 100, "<http://a.example> " * 200, "[a]: b\n" * 200,
    "| a " * 4_000, "- a\n" * 999,
]  # fmt: skip


@pytest.mark.parametrize("found", BEYOND)
@pytest.mark.parametrize("name", ["brief", "rules"])
def test_a_text_beyond_a_limit_is_refused_with_what_was_found(name, found):
    field: Any = Competition._meta.get_field(name).formfield()  # type: ignore[union-attr]
    with pytest.raises(ValidationError, match=found.partition(",")[0]) as refusal:
        field.clean(BEYOND[found])
    assert "limit is" in refusal.value.messages[0]


@pytest.mark.parametrize("text", ALLOWED, ids=lambda text: ascii(text[:8]))
def test_a_text_at_a_limit_is_taken(text):
    parse_markdown(text)


def test_a_stored_text_beyond_a_limit_is_shown_as_it_was_typed():
    html = render_markdown("[*" * 30_000 + "\n\n<script>alert(1)</script>\n")
    assert html.startswith("<p>[*[*[*")
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;" in html
