"""Pages for people who decide on entries."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from competitions.access import moderates
from competitions.blind.access import sees_names
from mycenas.imaging.formats import FORMATS
from mycenas.storage import store
from submissions.models import Submission


@never_cache
@login_required
@require_safe
def original(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The original as a download for moderators; browsers never render it.

    Not in a blind competition: its metadata may name the artist.
    """
    rows = Submission.objects.select_related("competition").exclude(original=None)
    found = get_object_or_404(rows, public_id=public_id)
    competition = found.competition
    if not (
        moderates(request.user, competition) and sees_names(request.user, competition)
    ):
        raise Http404
    name, files = found.original or "", store()
    saved_as = f"{public_id}.{FORMATS.get(found.media_type, 'bin').lower()}"
    address = files.original_url(name, file_name=saved_as)
    if address:
        return HttpResponseRedirect(address)
    try:
        file = files.open_original(name)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        file,
        as_attachment=True,
        filename=saved_as,
        content_type="application/octet-stream",
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
