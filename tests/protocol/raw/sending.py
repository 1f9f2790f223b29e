"""Tickets by a form, files by PUT."""

from __future__ import annotations

import hashlib
import socket
from urllib.parse import urlencode

from competitions.models import Competition
from tests.protocol.tus.serving import Reply, Sender, encoded

FORM_TYPE = "application/x-www-form-urlencoded"


def take_ticket(sender: Sender, competition: Competition, **said: object) -> str:
    """The path that a new ticket names; ``said`` are more fields of its form."""
    reply = ask_ticket(sender, competition, **said)
    assert reply.status == 201, reply.body
    return str(reply.json["upload_url"]).removeprefix(sender.url)


def ask_ticket(sender: Sender, competition: Competition, **said: object) -> Reply:
    words = {"title": "Dusk", "accept_rules": "on", "idempotency_key": "raw-key-1"}
    return sender.ask(
        "POST",
        f"/competitions/{competition.slug}/tickets/",
        urlencode({**words, **said}).encode(),
        Content_Type=FORM_TYPE,
    )


def put(sender: Sender, path: str, data: bytes, **headers: str | None) -> Reply:
    return sender.ask("PUT", path, data, Tus_Resumable=None, **headers)


def begin_put(
    sender: Sender, line: socket.socket, path: str, **headers: str | None
) -> None:
    """Send the first lines only; the bytes follow by hand."""
    line.sendall(sender.head("PUT", path, Tus_Resumable=None, **headers))


def ask_first(sender: Sender, path: str, **headers: str | None) -> Reply:
    """Send the first lines and wait for a word before any byte."""
    with sender.connection() as line:
        begin_put(sender, line, path, Expect="100-continue", **headers)
        return Reply(line, "PUT")


def digest(data: bytes) -> str:
    """As RFC 9530 writes it."""
    return f"sha-256=:{encoded(hashlib.sha256(data).digest())}:"


def enter_by_form(
    sender: Sender,
    competition: Competition,
    data: bytes,
    *,
    after: dict | None = None,
    accept: str = "application/json",
    **said: str,
) -> Reply:
    """The words ``said``, the file, and the words ``after`` it."""
    words = {"title": "Dusk", "accept_rules": "on", "idempotency_key": "form-key-1"}
    words |= said
    words = {name: text for name, text in words.items() if name not in (after or {})}
    file = 'name="file"; filename="dusk.jpg"\r\nContent-Type: image/jpeg'
    parts = [part(f'name="{name}"', text.encode()) for name, text in words.items()]
    parts.append(part(file, data))
    later = (after or {}).items()
    parts += [part(f'name="{name}"', text.encode()) for name, text in later]
    body = b"".join(parts) + b"--edge--\r\n"
    return sender.ask(
        "POST",
        f"/competitions/{competition.slug}/enter/",
        body,
        Tus_Resumable=None,
        Accept=accept,
        Content_Type="multipart/form-data; boundary=edge",
    )


def part(disposition: str, data: bytes) -> bytes:
    head = f"--edge\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + data + b"\r\n"
