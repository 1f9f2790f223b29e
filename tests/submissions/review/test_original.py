"""The original of an entry: a download for moderators."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.storage import store
from submissions.states import SubmissionState as S
from tests.factories import OrganizationFactory, SubmissionFactory, moderator_of, staff

pytestmark = pytest.mark.django_db


def status_of(client, address):
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def test_an_original_is_a_download_for_those_who_decide(signed_in, client):
    data = b"\xff\xd8\xff<script>alert(1)</script>"
    entry = SubmissionFactory(state=S.PENDING, data=data)
    address = reverse("submissions:original", args=[entry.public_id])
    assert status_of(client, address) == 302
    for stranger in (entry.participant, staff(Role.ORGANIZER, OrganizationFactory())):
        assert status_of(signed_in(stranger), address) == 404
    desk = signed_in(moderator_of(entry))
    answer = desk.get(address)
    assert b"".join(answer.streaming_content) == data
    assert answer["Content-Type"] == "application/octet-stream"
    name = f'attachment; filename="{entry.public_id}.jpeg"'
    assert answer["Content-Disposition"] == name
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]
    change = reverse("admin:submissions_submission_change", args=[entry.pk])
    assert address in desk.get(change).content.decode()
    path = store().original_path(entry.original)
    path.unlink()
    assert status_of(desk, address) == 404
    ticket = SubmissionFactory(competition=entry.competition)
    address = reverse("submissions:original", args=[ticket.public_id])
    assert status_of(desk, address) == 404
    change = reverse("admin:submissions_submission_change", args=[ticket.pk])
    assert "Download the file" not in desk.get(change).content.decode()
