"""What pages of lower apps show of entries."""

from __future__ import annotations

from django import template
from django.db.models import QuerySet

from competitions.models import Competition
from submissions import views
from submissions.models import Award, Rendition, Submission

register = template.Library()


@register.simple_tag
def awards_of(competition: Competition) -> QuerySet[Award]:
    """The prizes given, once they are public."""
    return views.awards_of(competition)


@register.simple_tag
def newest_entries(competition: Competition, count: int) -> list[Submission]:
    """The entries accepted last."""
    rows = Submission.objects.in_gallery().filter(competition=competition)
    rows = rows.select_related("participant").prefetch_related("renditions")
    return list(rows.order_by("-pk")[:count])


@register.simple_tag
def picture_of(entry: Submission, width_class: int) -> Rendition | None:
    return entry.rendition(width_class)


@register.simple_tag
def cover(competition: Competition) -> Rendition | None:
    """The picture a competition shows itself with: its first winner or newest entry."""
    award = views.awards_of(competition).first()
    if award:
        return award.submission.rendition(960)
    newest = newest_entries(competition, 1)
    return newest[0].rendition(960) if newest else None
