"""Organizers' Markdown as safe HTML."""

from __future__ import annotations

from functools import lru_cache

import nh3
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from mycenas.core.weblinks import web_address

_parser = MarkdownIt("js-default", {"html": False, "linkify": False})
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p", "strong",
    "ul",
}  # fmt: skip


@lru_cache(maxsize=100)
def render_markdown(text: str) -> SafeString:
    """HTML without scripts, styles, pictures or headings above the page's own.

    The same text gives the same HTML, so what visitors ask for again is remembered.
    """
    html = _parser.render(text)
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
