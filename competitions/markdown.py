"""Organizers' Markdown as safe HTML, within limits that keep rendering linear."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.core.exceptions import ValidationError
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mycenas.core.addresses import web_address
from mycenas.core.fields import Prose

MAX_CHARACTERS = 20_000
MAX_LINES = 1_000
# Characters at which the parser stops to look whether something begins there.
MARKUP = r"[]*_`~<>!&\#$%+-:=@^{}"
MAX_MARKUP = 2_000
# Each opening bracket may make the parser read the rest of its paragraph.
MAX_BRACKETS = 200
MAX_DEPTH = 20
# Addresses written out: a definition may be long and used many times.
MAX_ADDRESSES = 100_000

# A list and its item are two levels to the parser. Where its own limit is exceeded it
# leaves text out, so that limit is higher than ours. Tables and struck text would only
# be taken out again.
_parser = MarkdownIt(
    "js-default", {"html": False, "linkify": False, "maxNesting": 2 * MAX_DEPTH + 10}
).disable(["table", "strikethrough"])
_NO_LEVEL = ("list_item", "paragraph", "heading")
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p", "strong",
    "ul",
}  # fmt: skip


@lru_cache(maxsize=100)
def render_markdown(text: str) -> SafeString:
    """HTML without scripts, styles, pictures or headings above the page's own.

    Text beyond the limits, stored before there were any, is shown as it was typed. The
    same text gives the same HTML, so what visitors ask for again is remembered.
    """
    try:
        tokens = parse_markdown(text)
    except ValidationError:
        return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308  escaped
    html = _parser.renderer.render(tokens, _parser.options, {})
    for level in (2, 1):
        html = html.replace(f"<h{level}>", f"<h{level + 2}>")
        html = html.replace(f"</h{level}>", f"</h{level + 2}>")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_kept,
        url_schemes={"https", "http", "mailto"},
    )
    return mark_safe(clean)  # noqa: S308  nh3 sanitized it


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """The address of a link, if a browser opens it; places of this site and mail stay.

    Without an address the words of a link stay as text.
    """
    scheme = value.partition(":")[0].lower()
    if scheme == "mailto" or (value[:1] in "/#" and value[1:2] not in ("/", "\\")):
        return value
    try:
        return web_address(value)
    except ValidationError:
        return None


def parse_markdown(text: str) -> list[Token]:
    """The tokens of a text, or `ValidationError` if it exceeds a limit."""
    _check(
        len(text),
        MAX_CHARACTERS,
        _("The text has %(found)d characters; the limit is %(limit)d. Shorten it."),
    )
    _check(
        text.count("\n") + 1,
        MAX_LINES,
        _("The text has %(found)d lines; the limit is %(limit)d. Use fewer lines."),
    )
    _check(
        sum(map(text.count, MARKUP)),
        MAX_MARKUP,
        _(
            "The text has %(found)d characters that may have a meaning in Markdown "
            "(%(markup)s); the limit is %(limit)d. Use fewer of them."
        ),
    )
    _check(
        text.count("["),
        MAX_BRACKETS,
        _(
            "The text has %(found)d opening brackets ([); the limit is %(limit)d. Use "
            "fewer links and brackets."
        ),
    )
    tokens = _parser.parse(text)
    _check(
        _deepest(tokens),
        MAX_DEPTH,
        _(
            "Lists, quotations, links and emphasis stand %(found)d deep in each other, "
            "or deeper; the limit is %(limit)d. Move the innermost ones out."
        ),
    )
    _check(
        sum(map(_addresses, tokens)),
        MAX_ADDRESSES,
        _(
            "The addresses of all links have %(found)d characters together; the limit "
            "is %(limit)d. Use fewer links, or shorter addresses."
        ),
    )
    return tokens


def _check(found: int, limit: int, sentence: Any) -> None:
    if found > limit:
        raise ValidationError(
            sentence,
            code="markdown",
            params={"found": found, "limit": limit, "markup": " ".join(MARKUP)},
        )


def _deepest(tokens: Sequence[Token]) -> int:
    """How many lists, quotations and marks are at most around a piece of text."""
    depth = deepest = 0
    for token in tokens:
        if not token.type.startswith(_NO_LEVEL):
            depth += token.nesting
        deepest = max(deepest, depth + _deepest(token.children or ()))
    return deepest


def _addresses(token: Token) -> int:
    inside = sum(map(_addresses, token.children or ()))
    return inside + sum(len(str(value)) for value in token.attrs.values())


class Markdown(Prose):
    """A column for Markdown: every form of its model keeps the limits."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(validators=[parse_markdown], **kwargs)
