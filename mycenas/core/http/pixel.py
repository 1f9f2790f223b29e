"""The 1×1 transparent GIF by which page views are counted."""

from __future__ import annotations

import base64

from django.http import HttpResponse

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def pixel_response() -> HttpResponse:
    return HttpResponse(GIF, content_type="image/gif")
