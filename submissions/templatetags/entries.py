"""What pages of lower apps show of entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from competitions.models import Competition
from submissions.gallery import queries
from submissions.judging.judged import Judged, judged_of
from submissions.judging.publishing.feedback import feedback_on
from submissions.judging.publishing.placings import Placing, placings_of
from submissions.models import Submission, Upload
from submissions.pictures import with_renditions

register = template.Library()
T = TypeVar("T")


register.simple_tag(queries.awards_of)
# The same for a whole list; `of` finds those of one.
register.simple_tag(queries.awards_by_competition, name="winners")
register.simple_tag(placings_of, name="placings")
register.simple_tag(judged_of, name="judged")


@register.simple_tag
def newest_entries(competition: Competition, count: int) -> list[Submission]:
    """The entries accepted last."""
    return with_renditions(queries.entries_of(competition).order_by("-pk")[:count])


@register.simple_tag
def covers(*lists: Sequence[Competition]) -> dict[int, Submission]:
    """What competitions without a cover show: their newest entry; see `of`."""
    without = [one for one in chain(*lists) if not one.cover]
    return queries.newest_of(without)


@register.inclusion_tag("judging/_placings.html")
def placed(
    entry: Submission,
    found: Mapping[int, list[Placing]] | None = None,
    judged: Mapping[int, list[Judged]] | None = None,
) -> Any:
    """What jury rounds did with the entry: how far they are, or the place they gave it.

    ``found`` and ``judged`` are the `placings` and the `judged` of a list, which ask
    once for all of its entries.
    """
    places = placings_of([entry]) if found is None else found
    running = judged_of([entry]) if judged is None else judged
    return {
        "placings": places.get(entry.pk, []),
        "judged": running.get(entry.pk, []),
    }


@register.inclusion_tag("judging/_feedback.html")
def feedback(entry: Submission) -> Any:
    """What jurors of published rounds wrote to the artist of the entry."""
    return {"remarks": feedback_on(entry)}


@register.filter
def of(found: Mapping[int, T], competition: Competition) -> T | None:
    """What was found for one competition of the list."""
    return found.get(competition.pk)


@register.simple_tag
def picture(entry: Submission, sizes: str, *, eager: bool = False) -> SafeString:
    """The entry's picture, as large as the place needs; '' before it is processed.

    Written here, because a page has dozens of them. ``eager`` ones are seen first.
    """
    shown = next((one for one in entry.pictures if one.width_class == 960), None)
    if shown is None:
        return SafeString("")
    sources = [
        f"{entry.picture_url(one.width_class)} {one.width}w" for one in entry.pictures
    ]
    return format_html(
        '<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" {}'
        ' decoding="async">',
        entry.picture_url(shown.width_class),
        ", ".join(sources),
        sizes,
        shown.width,
        shown.height,
        entry.text_alternative,
        SafeString('fetchpriority="high"' if eager else 'loading="lazy"'),
    )


class Announced(NamedTuple):
    """What is declared of a file that is awaited; no other one may follow."""

    sha256: str | None
    size: int | None


@register.filter
def announced(submission: Submission) -> Announced | None:
    """What is declared of the awaited file, with the reservation or after it."""
    late = Upload.objects.filter(submission=submission).first() or Upload()
    found = Announced(
        submission.declared_sha256 or late.sha256,
        submission.declared_size or late.length,
    )
    return found if any(found) else None
