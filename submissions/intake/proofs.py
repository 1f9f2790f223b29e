"""The signed receipt as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from mycenas.core.signing.jws import MEDIA_TYPE
from submissions.intake.issuing import receipt_of
from submissions.intake.unlisted import unlisted
from submissions.models import Submission


@unlisted
def signed(request: HttpRequest, token: str) -> HttpResponse:
    """The signed receipt as a file, for everybody who knows the receipt's address."""
    rows = Submission.objects.filter(received_at__isnull=False)
    submission = get_object_or_404(rows, token=token)
    response = HttpResponse(receipt_of(submission), content_type=MEDIA_TYPE)
    name = f"receipt-{submission.public_id}.jws"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
