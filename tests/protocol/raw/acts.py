"""The requests of a `Life`, in any order, also one within another."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from django.db.models import F

from mycenas.accounts.models import User
from submissions.models import Submission
from tests.protocol.raw.lives import (
    HARMLESS,
    Declared,
    Life,
    Reservation,
    Sent,
    sha256_of,
)
from tests.protocol.raw.sending import FORM_TYPE, digest, part
from tests.protocol.tus.serving import BODY_TYPE, Reply, Sender, checksum, metadata
from tests.protocol.tus.world import CSRF

FORM = {
    "Tus_Resumable": None,
    "Accept": "application/json",
    "Content_Type": "multipart/form-data; boundary=edge",
}


class ActingLife(Life):
    """Sends; some bodies come slowly, while other requests are answered."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._depth = 0
        # What an upload has once a slow piece has come.
        self._streams: list[bytes] = []

    def step(self) -> None:
        acts = {
            self.ticket: 5, self.create: 2, self.put: 8, self.patch: 6, self.form: 4,
            self.delete: 1, self.withdraw: 0.2, self.cut_off: 1, self.sign_out: 0.3,
        }  # fmt: skip
        self.draw.choices([*acts], [*acts.values()])[0]()
        self.check()

    # --- declarations

    def ticket(self) -> None:
        key, whole = self.draw.choice(self.keys), self.a_picture()
        size = self.draw.choice([None, None, None, len(whole), len(whole), 17])
        sha256 = self.draw.choice([None, None, sha256_of(whole)])
        rotate = self.draw.choice(["", "", "", "", "1"])
        said = {
            "title": "Dusk", "accept_rules": "on", "again": "on", "rotate": rotate,
            "idempotency_key": key, "size": size, "sha256": sha256,
        }  # fmt: skip
        path = f"/competitions/{self.competition.slug}/tickets/"
        body = json.dumps(said).encode()
        reply = self.sender.ask("POST", path, body, Content_Type="application/json")
        self.note(f"ticket {key} {size=} sha256={bool(sha256)} {rotate=}", reply)
        if reply.status == 201:
            self.reserved(key, reply.json, Declared(size, sha256))

    def create(self) -> None:
        known, length = self.a_reservation(), len(self.a_picture())
        if known is None:
            return
        reply = self.sender.create(length, Upload_Metadata=metadata(ticket=known.token))
        self.note(f"create {known.token[:4]} {length}", reply)
        if reply.status != 201:
            return
        if known.kept is None:
            self.declare(known, Declared(length))
        else:
            assert len(known.kept) == length, self.log
        known.leads_to(reply.headers["Location"].removeprefix(self.sender.url))

    # --- files

    def put(self) -> None:
        found = self.a_path()
        if found is None:
            return
        (known, path), (whole, body) = found, self.a_file()
        signs = self.signs(whole, body)
        query = self.draw.choice(["", "", "", "", "", "?partNumber=1"])
        is_whole = whole == body or (signs in ({}, HARMLESS) and not query)
        self.sent.append(Sent(body, is_whole))
        what = f"put {known.token[:4]} {len(body)}/{len(whole)} {signs} {query}"
        said = {"Tus_Resumable": None, **signs}
        self.send("PUT", path + query, body, said, what, (known, body))

    def form(self) -> None:
        key, (whole, data) = self.draw.choice(self.keys), self.a_file()
        signs = self.signs(whole, data)
        sha256 = self.draw.choice(["", "", sha256_of(whole)])
        line = self.draw.choice(
            ["", "", "", "", f"; size={len(whole)}", "\r\nX-Chunk: 1",
             f"\r\nContent-Length: {len(whole)}", "\r\nContent-Range: bytes 0-9/99"]
        )  # fmt: skip
        more = self.draw.choice([{}, {}, {}, {}, {"chunk": "0"}])
        is_plain = signs in ({}, HARMLESS) and not (sha256 or line or more)
        self.sent.append(Sent(data, whole == data or is_plain))
        words = {
            "csrfmiddlewaretoken": CSRF, "title": "Dusk", "accept_rules": "on",
            "idempotency_key": key, "again": "on", "sha256": sha256, **more,
        }  # fmt: skip
        parts = [part(f'name="{name}"', text.encode()) for name, text in words.items()]
        parts.append(part(f'name="file"; filename="a.jpg"{line}', data))
        body = b"".join(parts) + b"--edge--\r\n"
        what = f"form {key} {len(data)}/{len(whole)} {bool(sha256)} {signs} {line!r}"
        path = f"/competitions/{self.competition.slug}/enter/"
        after = self.by_key.get(key), data
        self.send("POST", path, body, {**FORM, **signs}, what, after)

    def patch(self) -> None:
        found = self.a_path()
        if found is None:
            return
        known, path = found
        whole = self.a_picture()
        begun = [one for one in self.pictures if one.startswith(known.part)]
        whole = begun[0] if known.part and begun else whole
        offset = self.draw.choice([*[len(known.part)] * 9, 7])
        data = whole[offset : self.draw.choice([None, None, offset + 50])]
        more: dict[str, str] = self.draw.choice(
            [{}, {}, {}, {"Upload_Checksum": checksum(data)},
             {"Upload_Checksum": checksum(whole + b"x")},
             {"Upload_Length": str(len(whole))}, {"Content_Range": "bytes 0-1/9"},
             {"Repr_Digest": digest(whole)}]
        )  # fmt: skip
        after = known.part[:offset] + data
        self.sent.append(Sent(after, whole=True))
        self._streams.append(after)
        said = {"Content_Type": BODY_TYPE, "Upload_Offset": str(offset), **more}
        what = f"patch {known.token[:4]} at {offset} {len(data)} {more}"
        reply = self.send("PATCH", path, data, said, what, (known, after))
        if reply.status == 204 and path == known.paths[-1]:
            known.part = after
        self._look(known)
        self._streams.pop()

    def _look(self, known: Reservation) -> None:
        """How many bytes the site has; a writer that gave way leaves some."""
        reply = self.sender.where(known.paths[-1])
        offset = reply.offset if reply.status == 200 else 0
        for stream in reversed(self._streams):
            if len(known.part) < offset and stream.startswith(known.part):
                known.part = stream
        known.part = known.part[:offset]
        length = known.declared.length
        if reply.status == 200 and known.kept is None and length:
            assert reply.headers["Upload-Length"] == str(length), self.log

    def send(
        self,
        method: str,
        path: str,
        body: bytes,
        said: dict[str, Any],
        what: str,
        after: tuple[Reservation | None, bytes],
    ) -> Reply:
        """Send; now and then slowly, with other requests before the last bytes."""
        if self._depth == 0 and self.draw.random() < 0.3:
            reply = self._send_slowly(method, path, body, said, what)
        else:
            reply = self.sender.ask(method, path, body, **said)
        self.note(what, reply)
        self.answered(*after, reply)
        return reply

    def _send_slowly(
        self, method: str, path: str, body: bytes, said: dict[str, Any], what: str
    ) -> Reply:
        half = self.draw.randint(0, len(body))
        said = {"Content_Length": str(len(body)), **said}
        with self.sender.connection() as line:
            line.sendall(self.sender.head(method, path, **said) + body[:half])
            self.note(f"slowly {what}")
            self._depth += 1
            for _ in range(self.draw.randint(1, 3)):
                self.step()
            self._depth -= 1
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(body[half:])
            return Reply(line, method)

    # --- ends

    def cut_off(self) -> None:
        """A PUT whose last byte does not come."""
        if found := self.a_path():
            _whole, body = self.a_file()
            said = {"Tus_Resumable": None, "Content_Length": str(len(body) + 1)}
            with self.sender.connection() as line:
                line.sendall(self.sender.head("PUT", found[1], **said) + body)
            self.note(f"cut off {found[0].token[:4]}")

    def delete(self) -> None:
        if found := self.a_path():
            reply = self.sender.ask("DELETE", found[1])
            self.note(f"delete {found[0].token[:4]}", reply)
            if reply.status == 204:
                found[0].forget()

    def withdraw(self) -> None:
        if known := self.a_reservation():
            receipt = Submission.objects.get(token=known.token).receipt_url
            body = f"csrfmiddlewaretoken={CSRF}".encode()
            path = f"{receipt}withdraw/"
            reply = self.sender.ask("POST", path, body, Content_Type=FORM_TYPE)
            self.note(f"withdraw {known.token[:4]}", reply)

    def sign_out(self) -> None:
        """Everywhere: the addresses that were given before have ended."""
        people = User.objects.filter(pk=self.sender.user.pk)
        people.update(session_generation=F("session_generation") + 1)
        self.sender = Sender(self.sender.url, people.get())
        self.note("sign out")
