"""The one labeled sponsor's slot of a competition's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from campaigns import counting
from competitions.models import Competition

register = template.Library()


@register.inclusion_tag("campaigns/_slot.html")
def campaign_slot(competition: Competition) -> dict[str, Any]:
    """A campaign inside its window, or nothing."""
    campaign = counting.choose(competition)
    if campaign is None:
        return {"campaign": None}
    signed = counting.new_showing(campaign).signed()
    return {
        "campaign": campaign,
        "pixel_url": reverse("campaigns:shown", args=[signed]),
        "click_url": reverse("campaigns:go", args=[signed]),
    }
