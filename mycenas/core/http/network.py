"""The client's address, and which proxies may state it.

Every decision by address asks `client_address`. Headers that a proxy adds count when
the peer of the connection is a proxy that ``TRUSTED_PROXIES`` names; anybody else's
are removed before a page sees them.
"""

from __future__ import annotations

import functools
import ipaddress
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

NOWHERE = "0.0.0.0"  # noqa: S104  a placeholder, nothing is bound to it
# In ``TRUSTED_PROXIES``: whatever connects through a Unix socket, which has no address.
SOCKET = "unix"
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_")
FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
FORWARDED_PROTO = "HTTP_X_FORWARDED_PROTO"

# So many addresses are read once only.
KNOWN = 4096

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def client_address(request: HttpRequest) -> str:
    """The client's IP address; ``X-Forwarded-For`` counts from trusted proxies only.

    The header is read from its end: each value was written by the proxy before. The
    first that is no trusted proxy's is the client's. A value that is no address ends
    the reading at ``NOWHERE``.
    """
    peer = request.META.get("REMOTE_ADDR") or ""
    address = _address(peer)
    trusted = is_trusted_peer(peer)
    said = request.META.get(FORWARDED_FOR, "").split(",")
    hops = [hop for hop in said if hop.strip()]
    while trusted and hops:
        address = _address(hops.pop())
        trusted = address is not None and _is_trusted(address)
    return str(address) if address else NOWHERE


@functools.lru_cache(maxsize=KNOWN)
def network_around(address: str) -> str:
    """The network that counts as one client: an IPv4 address, or an IPv6 /64.

    An IPv4 address in the form of IPv6 is the IPv4 address.
    """
    found = _address(address) or ipaddress.ip_address(NOWHERE)
    prefix = 64 if found.version == 6 else 32
    return str(ipaddress.ip_network(f"{found}/{prefix}", strict=False))


def is_trusted_peer(peer: str) -> bool:
    """Whether ``TRUSTED_PROXIES`` contains the peer of a connection."""
    if not peer:
        return SOCKET in settings.TRUSTED_PROXIES
    address = _address(peer)
    return address is not None and _is_trusted(address)


def keep_to_trusted(meta: dict[str, Any]) -> None:
    """Remove forwarded headers that no trusted proxy has written.

    ``X-Forwarded-Proto`` stays if it says the same throughout: a proxy that appends to
    what a client sent would otherwise let the client choose.
    """
    if not is_trusted_peer(meta.get("REMOTE_ADDR") or ""):
        for name in [name for name in meta if name.startswith(FORWARDED)]:
            del meta[name]
        return
    said = meta.get(FORWARDED_PROTO)
    if said is not None:
        schemes = {part.strip().lower() for part in said.split(",")}
        meta[FORWARDED_PROTO] = "https" if schemes == {"https"} else "http"


class ForwardedMiddleware(MiddlewareMixin):
    """Removes forwarded headers of untrusted peers before any view."""

    def process_request(self, request: HttpRequest) -> None:
        keep_to_trusted(request.META)


def check_proxies(proxies: list[str]) -> None:
    """Raise ImproperlyConfigured if one of ``proxies`` is not a network."""
    _networks(tuple(proxies))


def _is_trusted(address: Address) -> bool:
    return any(
        address in network for network in _networks(tuple(settings.TRUSTED_PROXIES))
    )


@functools.lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> list[Network]:
    return [_network(proxy) for proxy in proxies if proxy != SOCKET]


def _network(proxy: str) -> Network:
    try:
        network = ipaddress.ip_network(proxy, strict=False)
    except ValueError:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES names {proxy!r}, which is neither an IP address nor a "
            "network. Write it like 10.0.0.1, 10.0.0.0/8, 2001:db8::/32 or unix."
        ) from None
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        low = ipaddress.IPv4Address(int(network.network_address) & 0xFFFFFFFF)
        return ipaddress.IPv4Network((low, network.prefixlen - 96))
    return network


@functools.lru_cache(maxsize=KNOWN)
def _address(text: str) -> Address | None:
    """The IP address in ``text``, which may have a port or a zone, or None."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if found.version == 6 and found.ipv4_mapped:
        return found.ipv4_mapped
    return found
