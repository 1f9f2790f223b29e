"""Which address a request really comes from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

NOWHERE = "0.0.0.0"  # noqa: S104  a placeholder, nothing is bound to it


def client_address(request: HttpRequest) -> str:
    """The client's IP address; ``X-Forwarded-For`` counts from trusted proxies only."""
    hops = [part.strip() for part in _forwarded(request).split(",") if part.strip()]
    address = str(request.META.get("REMOTE_ADDR") or NOWHERE)
    while hops and _is_trusted(address):
        address = hops.pop()
    return address if _is_address(address) else NOWHERE


def _forwarded(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_X_FORWARDED_FOR", ""))


def _is_trusted(address: str) -> bool:
    if not _is_address(address):
        return False
    found = ipaddress.ip_address(address)
    return any(
        found in ipaddress.ip_network(proxy, strict=False)
        for proxy in settings.TRUSTED_PROXIES
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
