"""Signed receipts as files, and the keys that verify them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from submissions.intake import keys
from submissions.intake.issuing import receipt_of
from submissions.intake.signing import MEDIA_TYPE
from submissions.intake.unlisted import unlisted
from submissions.models import Submission

JWKS_SECONDS = 300


@unlisted
def signed(request: HttpRequest, token: str) -> HttpResponse:
    """The signed receipt as a file, for everybody who knows the receipt's address."""
    rows = Submission.objects.filter(received_at__isnull=False)
    submission = get_object_or_404(rows, token=token)
    response = HttpResponse(receipt_of(submission), content_type=MEDIA_TYPE)
    name = f"receipt-{submission.public_id}.jws"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@cache_control(public=True, max_age=JWKS_SECONDS)
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """The public keys, for any JOSE library, on any site."""
    response = JsonResponse(
        keys.published_keys().as_dict(private=False),
        content_type="application/jwk-set+json",
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response
