"""Only proxies that are trusted may say who is behind them."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from mycenas.core.network import NOWHERE, client_address


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "found"),
    [
        ("203.0.113.5", "", [], "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", [], "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "garbage", ["10.0.0.0/8"], NOWHERE),
        ("", "198.51.100.1", ["10.0.0.0/8"], NOWHERE),
        ("2001:db8::1", "", ["10.0.0.0/8"], "2001:db8::1"),
    ],
)
def test_the_address_a_request_comes_from(remote, forwarded, trusted, found, settings):
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get(
        "/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded
    )
    assert client_address(request) == found
