"""What the headers of a request say about its host and its body."""

from __future__ import annotations

import re

Headers = list[tuple[bytes, bytes]]

# A host and maybe a port, as addresses have them (RFC 9110 section 7.2).
HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")


def names_one_host(headers: Headers, version: str) -> bool:
    """RFC 9112 section 3.2; HTTP/1.0 may leave the host out."""
    hosts = [value.strip() for name, value in headers if name == b"host"]
    if not hosts:
        return version == "1.0"
    return len(hosts) == 1 and HOST.fullmatch(hosts[0]) is not None


def length_of_body(headers: Headers) -> int:
    """Its Content-Length; 0 where there is none, or where chunks say how long it is."""
    fields = dict(headers)
    length = fields.get(b"content-length", b"")
    is_known = len(length) < 20 and length.isdigit()
    is_whole = b"transfer-encoding" not in fields
    return int(length) if is_known and is_whole else 0
