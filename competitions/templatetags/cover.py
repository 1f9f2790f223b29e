"""The cover of a competition on pages."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from competitions.models import Competition

register = template.Library()


@register.simple_tag
def cover_picture(
    competition: Competition, sizes: str, *, eager: bool = False
) -> SafeString:
    """The cover, as large as the place needs; '' without one. See `picture`."""
    pictures = competition.cover_pictures
    if not pictures:
        return SafeString("")
    shown = pictures[min(1, len(pictures) - 1)]
    return format_html(
        '<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" {}'
        ' decoding="async">',
        shown.url,
        ", ".join(f"{one.url} {one.width}w" for one in pictures),
        sizes,
        shown.width,
        shown.height,
        competition.cover_alt,
        SafeString('fetchpriority="high"' if eager else 'loading="lazy"'),
    )
