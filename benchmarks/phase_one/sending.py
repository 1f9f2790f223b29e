"""One file to each kind of server: requests made beforehand, sent over one line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache, partial

from benchmarks.phase_one.load import Act, Answer, Line, expect

MEBIBYTE = 1024 * 1024
JPEG = b"\xff\xd8\xff\xe0"
CSRF = "c" * 32
# The competition that seeding.py makes.
SLUG = "measured"
BOUNDARY = "----measured"
PATCH_TYPE = "application/offset+octet-stream"
# After its last byte a file is acknowledged with one of these.
ACKNOWLEDGED = (200, 201, 202, 204)

Ticket = dict[str, str]


@cache
def rest(size: int) -> bytes:
    """The bytes that all files of a size share."""
    return os.urandom(min(size, MEBIBYTE))


def picture(size: int) -> list[bytes]:
    """Pieces of a file that no other one equals; large ones repeat a mebibyte."""
    start = JPEG + os.urandom(16)
    block, left = rest(size), size - len(start)
    whole, more = divmod(left, len(block))
    return [start, *[block] * whole, block[:more]]


def head(method: str, path: str, length: int, **headers: str) -> bytes:
    """The first lines of a request; ``_`` in names stands for ``-``."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


def signed_in(ticket: Ticket) -> dict[str, str]:
    return {
        "Cookie": f"sessionid={ticket['session']}; csrftoken={CSRF}",
        "X_CSRFToken": CSRF,
        "Accept": "application/json",
    }


def bare(ticket: Ticket, size: int) -> list[bytes]:
    return [head("PUT", "/", size), *picture(size)]


def raw(ticket: Ticket, size: int) -> list[bytes]:
    path = f"/uploads/{ticket['name']}/"
    return [head("PUT", path, size, **signed_in(ticket)), *picture(size)]


def tus_patch(ticket: Ticket, size: int) -> list[bytes]:
    """All bytes as one piece; the upload was made with its length before."""
    told = {"Upload_Offset": "0", "Content_Type": PATCH_TYPE, **signed_in(ticket)}
    path = f"/uploads/{ticket['name']}/"
    return [head("PATCH", path, size, Tus_Resumable="1.0.0", **told), *picture(size)]


def form(
    path: str, fields: dict[str, str], data: list[bytes], **headers: str
) -> list[bytes]:
    """A multipart form as a browser sends it."""
    parts = [field(f'name="{name}"', value) for name, value in fields.items()]
    file = 'name="file"; filename="dusk.jpg"\r\nContent-Type: image/jpeg'
    opening = "\r\n".join([*parts, field(file, "")])
    body = [opening.encode(), *data, f"\r\n--{BOUNDARY}--\r\n".encode()]
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    length = sum(len(piece) for piece in body)
    return [head("POST", path, length, Content_Type=kind, **headers), *body]


def field(disposition: str, value: str) -> str:
    opening = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}"
    return f"{opening}\r\n\r\n{value}"


def arrival(ticket: Ticket, size: int) -> list[bytes]:
    """A new entry's words alone: what a deadline judges. Its file follows later."""
    words = {
        "title": "Dusk",
        "accept_rules": True,
        "idempotency_key": f"arrival-{ticket['name']}",
        "size": size,
    }
    body, path = json.dumps(words).encode(), f"/competitions/{SLUG}/tickets/"
    told = {"Content_Type": "application/json", **signed_in(ticket)}
    return [head("POST", path, len(body), **told), body]


def entry_form(ticket: Ticket, size: int) -> list[bytes]:
    """The site's own form: a new entry, its ticket made on the way."""
    words = {
        "csrfmiddlewaretoken": CSRF,
        "idempotency_key": f"form-{ticket['name']}",
        "title": "Dusk",
        "description": "A red boat pulled up on gray shingle.",
        "alt_text": "A red boat.",
        "accept_rules": "on",
    }
    path = f"/competitions/{SLUG}/enter/"
    return form(path, words, picture(size), **signed_in(ticket))


def plain_form(ticket: Ticket, size: int) -> list[bytes]:
    return form("/upload/", {"title": "Dusk"}, picture(size))


def thumbnail_form(photo: bytes, ticket: Ticket, size: int) -> list[bytes]:
    """A real photograph, filled up to the size with bytes that decoders ignore."""
    filler = bytes(max(0, size - len(photo)))
    return form("/thumbnails/", {"title": "Dusk"}, [photo, filler])


def node_creation(ticket: Ticket, size: int) -> list[bytes]:
    told = {"Tus_Resumable": "1.0.0", "Upload_Length": str(size)}
    told |= {"Content_Type": PATCH_TYPE}
    return [head("POST", "/files", size, **told), *picture(size)]


Maker = Callable[[Ticket, int], list[bytes]]


def at_once(make: Maker, ticket: Ticket, size: int) -> Act:
    """One request, made beforehand."""
    return partial(_send, make(ticket, size))


def _send(pieces: list[bytes], line: Line) -> None:
    expect(line.ask(*pieces), *ACKNOWLEDGED)


def node_post_and_patch(ticket: Ticket, size: int) -> Act:
    """Two requests; the second goes where the first one said."""
    data = picture(size)

    def act(line: Line) -> None:
        told = {"Tus_Resumable": "1.0.0", "Upload_Length": str(size)}
        made = expect(line.ask(head("POST", "/files", 0, **told)), 201)
        path = path_of(made)
        told = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0"}
        told |= {"Content_Type": PATCH_TYPE}
        expect(line.ask(head("PATCH", path, size, **told), *data), 204)

    return act


def path_of(answer: Answer) -> str:
    """The path of the address that was made."""
    address = answer.header(b"location").decode()
    return "/" + address.split("//", 1)[-1].split("/", 1)[-1]
