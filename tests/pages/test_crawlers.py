"""What programs ask every site for."""

from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_crawlers_leave_out_what_is_private_and_may_read_that_receipts_are(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain"
    left_out = [
        line.removeprefix("Disallow: ")
        for line in answer.text.splitlines()
        if line.startswith("Disallow: ")
    ]
    for name in ("admin:index", "account_login", "submissions:mine"):
        assert any(reverse(name).startswith(one) for one in left_out), name
    public = (reverse("competitions:home"), "/receipts/", "/entries/", "/competitions/")
    assert not any(page.startswith(one) for one in left_out for page in public)


def test_the_icon_is_where_browsers_look_for_it(client):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"][-4:]) == (302, ".ico")
