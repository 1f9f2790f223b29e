"""The public page that verifies signed receipts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_ratelimit.decorators import ratelimit

from mycenas.core import signing
from mycenas.core.signing import MEDIA_TYPE
from submissions.receipts.statement import (
    MAX_BYTES,
    NO_RECEIPT,
    NotProven,
    verify,
)


class ReceiptForm(forms.Form):
    """A receipt to verify, as text or as a file."""

    receipt_file = forms.FileField(
        label=_("Receipt file"),
        required=False,
        help_text=_("The file that ends in .jws, from the page of a receipt."),
        widget=forms.FileInput(attrs={"accept": f".jws,{MEDIA_TYPE},text/plain"}),
    )
    receipt = forms.CharField(
        label=_("Or its text"),
        required=False,
        max_length=MAX_BYTES,
        help_text=_("Three parts with dots between them; it begins with “eyJ”."),
        widget=forms.Textarea(
            attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}
        ),
    )

    def clean_receipt_file(self) -> str:
        file: UploadedFile[bytes] | None = self.cleaned_data["receipt_file"]
        if file is None:
            return ""
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _(
                    "A receipt has at most %(limit)d bytes; this file has %(found)d. "
                    "Choose the .jws file here. Your picture is compared in the next "
                    "step and never leaves your device."
                ),
                params={"limit": MAX_BYTES, "found": file.size},
            )
        return str(file.read(), "ascii", errors="replace")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        text = data.get("receipt_file") or data.get("receipt") or ""
        if not self.errors and not text.strip():
            raise forms.ValidationError(_("Choose a receipt’s file or paste its text."))
        return {**data, "text": text}


@never_cache
@ratelimit(key="ip", rate="300/m", method="POST")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Verify a receipt for anybody; nothing is stored."""
    is_sent = request.method == "POST"
    form = ReceiptForm(request.POST, request.FILES) if is_sent else ReceiptForm()
    context: dict[str, Any] = {"form": form}
    if is_sent and form.is_valid():
        context = {"form": ReceiptForm(), **_verdict(form.cleaned_data["text"])}
    status = 422 if form.errors else 200
    return render(request, "submissions/verify.html", context, status=status)


def _verdict(text: str) -> dict[str, Any]:
    if not text.isascii():
        return {"refusal": NO_RECEIPT}
    try:
        return {"statement": verify(text, signing.published_keys())}
    except NotProven as error:
        return {"refusal": error.sentence}
