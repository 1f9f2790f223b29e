"""A sponsor's own page, the picture, and the two addresses that count."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns import counting
from campaigns.access import visible_to
from campaigns.models import Campaign
from campaigns.states import SHOWABLE
from competitions.access import has_role
from mycenas.accounts.access import signed_in
from mycenas.core.addresses import web_address
from mycenas.core.http.visits import is_opened, is_seen, pixel_response
from mycenas.storage import store


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """A sponsor's campaigns and what became of them."""
    rows = Campaign.objects.filter(sponsor=signed_in(request))
    found = counting.with_numbers(rows.select_related("competition"))
    return render(request, "campaigns/mine.html", {"campaigns": found})


@require_safe
def picture(request: HttpRequest, pk: int, name: str) -> FileResponse:
    """The campaign's redrawn picture of now, for those who may see it."""
    campaign = get_object_or_404(visible_to(request.user), pk=pk, picture=name)
    try:
        file = store().open_creative(campaign.picture)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/webp")
    is_public = campaign.state in SHOWABLE
    response["Cache-Control"] = (
        "private, max-age=300" if is_public else "private, no-store"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@never_cache
@require_safe
def shown(request: HttpRequest, signed: str) -> HttpResponse:
    """Count an impression."""
    showing = counting.read_showing(signed)
    campaign = get_object_or_404(Campaign, pk=showing.campaign_id)
    if _is_visitor(request, campaign) and is_seen(request):
        counting.while_on_show(campaign, counting.count_impression, showing, request)
    return pixel_response()


@never_cache
@require_safe
def go(request: HttpRequest, signed: str) -> HttpResponse:
    """Count a click and lead to the sponsor's address, if a browser opens it."""
    showing = counting.read_showing(signed)
    campaign = get_object_or_404(Campaign, pk=showing.campaign_id)
    address = _address_of(campaign)
    if _is_visitor(request, campaign) and is_opened(request):
        counting.while_on_show(campaign, counting.count_click, showing, request)
    response = HttpResponseRedirect(address)
    response["X-Robots-Tag"] = "nofollow"
    return response


def _is_visitor(request: HttpRequest, campaign: Campaign) -> bool:
    """Whether neither the campaign nor its competition is the person's own."""
    owners = (campaign.sponsor_id, campaign.created_by_id)
    is_own = request.user.pk is not None and request.user.pk in owners
    return not is_own and not has_role(request.user, campaign.competition_id)


def _address_of(campaign: Campaign) -> str:
    """Where it leads; a campaign that has ended may have an address of no use."""
    try:
        return web_address(campaign.target_url)
    except ValidationError as error:
        raise Http404 from error
