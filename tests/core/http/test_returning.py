"""Back to a page of this site, and to no other."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from mycenas.core.http.returning import own_path
from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory, UserFactory

PART = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("http://testserver/entries/x/?a=b#like", "/entries/x/?a=b#like"),
        ("https://testserver/", "/"),
        ("http://elsewhere.example/entries/x/", ""),
        ("http://testserver:81/", ""),
        ("http://testserver//elsewhere.example/", ""),
        ("http://testserver/\\elsewhere.example/", ""),
        ("http://testserver/\\/elsewhere.example/", ""),
        ("http://testserver", ""),
        ("/entries/x/", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_only_an_address_of_this_site_has_a_path(rf, address, path):
    assert own_path(rf.get("/"), address) == path


@pytest.mark.django_db
def test_a_part_without_its_page_leads_to_the_sign_in_alone(client):
    entry = SubmissionFactory(state=S.APPROVED)
    address = reverse("interactions:like", args=[entry.public_id])
    for headers in ({}, {"HX-Current-URL": "https://elsewhere.example/x/"}):
        answer = client.post(address, headers={**PART, **headers})
        assert answer["HX-Redirect"] == reverse("account_login")


@pytest.mark.django_db
def test_a_part_with_an_old_token_loads_the_page_anew():
    entry = SubmissionFactory(state=S.APPROVED)
    address = reverse("interactions:like", args=[entry.public_id])
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    assert client.post(address, headers=PART)["HX-Refresh"] == "true"
    page = client.post(address)
    assert page.status_code == 403
    assert "had grown too old" in page.text
    assert 'class="button"' not in page.text
    here = f"http://testserver{entry.get_absolute_url()}?a=b"
    page = client.post(address, headers={"Referer": here})
    assert f'href="{entry.get_absolute_url()}?a=b"' in page.text


@pytest.mark.django_db
def test_after_the_sign_in_for_a_part_the_page_is_at_the_same_place(client):
    entry = SubmissionFactory(state=S.APPROVED)
    address = reverse("interactions:like", args=[entry.public_id])
    page = f"{entry.get_absolute_url()}?from=home"
    headers = {**PART, "HX-Current-URL": f"http://testserver{page}"}
    answer = client.post(address, headers=headers)
    asked = parse_qs(urlsplit(answer["HX-Redirect"]).query)
    assert asked == {"next": [f"{page}#like"]}
    # What is shown elsewhere is no place of this page.
    elsewhere = {**PART, "HX-Current-URL": "http://testserver/"}
    answer = client.post(address, headers=elsewhere)
    assert parse_qs(urlsplit(answer["HX-Redirect"]).query) == {"next": ["/"]}
