"""Included by `mycenas.pages.urls`."""

from __future__ import annotations

from django.urls import path, re_path

from mycenas.core.signing import jwks
from mycenas.imaging.rendering import WIDTHS
from submissions.gallery import views as gallery
from submissions.intake.reservations import create, reserve_entry
from submissions.intake.views import enter, missing
from submissions.judging.publishing import views as publishing
from submissions.models import PUBLIC_ID_PATTERN, TOKEN_PATTERN
from submissions.receipts import verify
from submissions.receipts import views as receipts
from submissions.review import views as review
from submissions.review.appeals.views import appeal

app_name = "submissions"

RECEIPT = rf"^receipts/(?P<token>{TOKEN_PATTERN})/"
ENTRY = rf"^entries/(?P<public_id>{PUBLIC_ID_PATTERN})/"
RESULTS = "competitions/<slug:slug>/results/"
WIDTH = "|".join(map(str, WIDTHS))

urlpatterns = [
    # a competition's entries
    path("competitions/<slug:slug>/enter/", enter, name="enter"),
    path("competitions/<slug:slug>/tickets/", reserve_entry, name="tickets"),
    path("competitions/<slug:slug>/gallery/", gallery.gallery, name="gallery"),
    path("competitions/<slug:slug>/books/", gallery.books, name="books"),
    # results of its jury rounds
    path(RESULTS, publishing.results, name="results"),
    path(f"{RESULTS}<int:number>/", publishing.result, name="result"),
    path(f"{RESULTS}<int:number>/results.zip", publishing.package, name="results_zip"),
    path(f"{RESULTS}<int:number>/publish/", publishing.publish, name="publish_result"),
    # files, whole or in pieces
    path("uploads/", create, name="uploads"),
    # Answered before the pages: see submissions/intake/uploads.py.
    path("uploads/<str:name>/", missing, name="upload"),
    # one entry
    re_path(rf"{ENTRY}(?P<width>{WIDTH})\.webp$", gallery.rendition, name="rendition"),
    re_path(rf"{ENTRY}certificate/$", gallery.certificate, name="certificate"),
    re_path(rf"{ENTRY}original$", review.original, name="original"),
    # one's own
    path("me/", gallery.mine, name="mine"),
    re_path(rf"{RECEIPT}$", receipts.receipt, name="receipt"),
    re_path(rf"{RECEIPT}status/$", receipts.status, name="receipt_status"),
    re_path(rf"{RECEIPT}appeal/$", appeal, name="appeal"),
    re_path(rf"{RECEIPT}withdraw/$", receipts.withdraw, name="withdraw"),
    # proofs
    re_path(rf"{RECEIPT}receipt\.jws$", receipts.signed, name="receipt_jws"),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("verify/", verify.check, name="verify"),
]
