"""Only proxies that are trusted may say who is behind them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from mycenas.core.http.network import (
    NOWHERE,
    check_proxies,
    client_address,
    keep_to_trusted,
)


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
        ("::ffff:10.0.0.1", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1", ["::ffff:10.0.0.0/104"], "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("::1", "2001:db8::7", ["::1"], "2001:db8::7"),
        ("10.0.0.1", "[2001:db8::7]:4711", ["10.0.0.0/8"], "2001:db8::7"),
        ("10.0.0.1", "198.51.100.1:4711", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "fe80::1%eth0", ["10.0.0.0/8"], "fe80::1"),
        ("10.0.0.1", "198.51.100.1, garbage, 10.0.0.2", ["10.0.0.0/8"], NOWHERE),
        ("10.0.0.1", "198.51.100.1, , 10.0.0.2", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", ["10.0.0.0/8"], "10.0.0.3"),
        ("10.0.0.1", "198.51.100.1", ["10.0.0.1", "192.0.2.0/24"], "198.51.100.1"),
        ("", "198.51.100.1", ["unix"], "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1", ["unix"], "10.0.0.1"),
    ],
)
def test_the_address_a_request_comes_from(remote, forwarded, trusted, found, settings):
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get(
        "/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded
    )
    assert client_address(request) == found


@pytest.mark.parametrize(
    ("remote", "said", "left"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "HTTPS, https", "https"),
        ("10.0.0.1", "https, http", "http"),
        ("10.0.0.1", "garbage", "http"),
        ("10.0.0.2", "https", None),
        ("", "https", None),
    ],
)
def test_only_a_trusted_proxy_says_that_a_request_is_secure(
    remote, said, left, settings
):
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    forwarded = dict.fromkeys(("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR"), "x") | {
        "HTTP_X_FORWARDED_HOST": "x",
        "HTTP_X_FORWARDED_PROTO": said,
    }
    meta = {"REMOTE_ADDR": remote, "HTTP_HOST": "here", **forwarded}
    keep_to_trusted(meta)
    assert meta.get("HTTP_X_FORWARDED_PROTO") == left
    assert meta["HTTP_HOST"] == "here"
    assert ("HTTP_X_FORWARDED_HOST" in meta) is (left is not None)


@pytest.mark.parametrize("proxy", ["10.0.0.0/33", "proxy.example.org", "10.0.0.1:80"])
def test_a_proxy_that_is_no_network_is_named_at_the_start(proxy):
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES names"):
        check_proxies([proxy])
