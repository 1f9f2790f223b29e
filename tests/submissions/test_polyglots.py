"""Files that are a picture and a page at once: only ever shown as a picture."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from submissions.models import Submission
from submissions.processing import workflow
from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory

pytestmark = pytest.mark.django_db

PAGE = b"<!doctype html><html><script>document.title = 'ran'</script></html>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def saved(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, kind, **options)
    return out.getvalue()


def notes() -> PngInfo:
    text = PngInfo()
    text.add_text("Comment", PAGE.decode())
    return text


POLYGLOTS = {
    "jpeg with a page as its comment": saved("JPEG", comment=PAGE),
    "jpeg with a page behind it": saved("JPEG") + PAGE,
    "png with a page as its text": saved("PNG", pnginfo=notes()),
    "png with a drawing behind it": saved("PNG") + DRAWING,
    "webp with a page as its notes": saved("WEBP", xmp=PAGE),
}


@pytest.mark.parametrize("kind", POLYGLOTS)
def test_a_polyglot_is_shown_as_a_picture_and_nothing_else(kind, signed_in):
    data = POLYGLOTS[kind]
    assert b"<script>" in data
    entry = SubmissionFactory(state=S.RECEIVED, data=data)
    workflow.process(entry.pk)
    entry = Submission.objects.get(pk=entry.pk)
    assert entry.state == S.PENDING
    artist = signed_in(entry.participant)
    for width in (1920, 960, 320):
        address = reverse("submissions:rendition", args=[entry.public_id, width])
        answer = artist.get(address)
        assert answer["Content-Type"] == "image/webp"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        content = b"".join(answer.streaming_content)
        assert content[8:12] == b"WEBP"
        assert b"script" not in content


@pytest.mark.parametrize("data", [PAGE, DRAWING], ids=["page", "drawing"])
def test_what_is_only_a_page_is_held_whatever_its_name(data):
    """The door refuses it before; phase two would hold it all the same."""
    entry = SubmissionFactory(state=S.RECEIVED, data=data)
    workflow.process(entry.pk)
    entry = Submission.objects.get(pk=entry.pk)
    assert (entry.state, entry.fault_code) == (S.QUARANTINED, "not_a_picture")
    assert not entry.renditions.exists()


def test_no_address_serves_an_original(signed_in):
    """Neither by its name in storage nor below any prefix of the site."""
    entry = SubmissionFactory(state=S.RECEIVED, data=POLYGLOTS[next(iter(POLYGLOTS))])
    artist = signed_in(entry.participant)
    for prefix in ("", "/media", "/files", "/originals", "/static", "/entries"):
        assert artist.get(f"{prefix}/{entry.original}").status_code == 404
