"""Likes are limited by requests; a Redis that does not answer refuses nobody."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.urls import reverse

from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory, UserFactory

pytestmark = pytest.mark.django_db
LIMIT = 120


@pytest.fixture
def like():
    entry = SubmissionFactory(state=S.APPROVED)
    return reverse("interactions:like", args=[entry.public_id])


def statuses(client, address):
    return [client.post(address).status_code for _ in range(2 * LIMIT + 1)]


def test_more_than_two_likes_a_second_are_refused(signed_in, like):
    """A window may end meanwhile, but not two of them."""
    client = signed_in(UserFactory())
    found = statuses(client, like)
    assert set(found) == {302, 429}
    assert found.index(429) >= LIMIT
    refused = client.post(like)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "Wait a minute" in refused.content.decode()
    assert signed_in(UserFactory()).post(like).status_code == 302


def test_without_redis_nobody_is_refused(signed_in, like, settings, free_port):
    default = {
        **settings.CACHES["default"],
        "LOCATION": f"redis://127.0.0.1:{free_port}/0",
    }
    settings.CACHES = {**settings.CACHES, "default": default}
    assert set(statuses(signed_in(UserFactory()), like)) == {302}
    caches["default"].close()
