"""The ways in, as good clients walk them: form, ticket with upload, and tus."""

from __future__ import annotations

import hashlib
import json
import random
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.siege.pictures import Work
from tests.siege.wire import BOUNDARY, CSRF, Answer, multipart

# No client would ask again after these.
FINAL_STATUS = (410, 413, 422)
FINAL_CODES = ("submission_competition_takes_entries", "submission_upload_in_time")
PIECES = (4_000, 20_000, 100_000, 1_000_000)
TUS = {"Tus_Resumable": "1.0.0"}
# Reasons in the address of a form that a browser is sent back to; in JSON they have a
# final status.
FINAL_REASONS = (
    "invalid_entry", "empty_file", "upload_too_large", "idempotency_key_reused",
    "upload_over", *FINAL_CODES,
)  # fmt: skip
WHY = re.compile(r"/enter/\?.*why=(\w+)")

Ask = Callable[..., Answer]


class Refusal(Exception):
    """A whole answer that is no acknowledgment; ``final`` if asking again is idle."""

    def __init__(self, answer: Answer, code: str = "") -> None:
        code = code or answer.code
        super().__init__(f"{answer.status} {code}")
        self.final = answer.status in FINAL_STATUS or code in FINAL_REASONS


@dataclass
class Attempt:
    """One try to enter one work; ``ask`` writes the ledger and does the request."""

    work: Work
    hall: str
    dice: random.Random
    ask: Ask

    def words(self) -> dict[str, str]:
        """The entry's fields, the same in every try."""
        return {
            "title": f"Work {self.work.key[:8]}",
            "accept_rules": "on",
            "idempotency_key": self.work.key,
        }


def expect(answer: Answer, *wanted: int) -> Answer:
    if answer.status not in wanted:
        raise Refusal(answer)
    return answer


def by_form(attempt: Attempt) -> str:
    """The page's form; half of the browsers follow to the receipt. The token."""
    dice = attempt.dice
    return post(attempt, declared=dice.random() < 0.5, page=dice.random() < 0.5)


def post(attempt: Attempt, *, declared: bool = False, page: bool = False) -> str:
    """Send the form, with or without the file's SHA-256, for a page or for JSON."""
    work, fields = attempt.work, attempt.words() | {"csrfmiddlewaretoken": CSRF}
    answer = attempt.ask(
        "POST",
        f"/competitions/{attempt.hall}/enter/",
        multipart(
            fields | ({"sha256": work.sha256} if declared else {}), work.name, work.data
        ),
        Content_Type=f"multipart/form-data; boundary={BOUNDARY}",
        Accept="text/html" if page else "application/json",
    )
    expect(answer, 303 if page else 202)
    if page and (why := WHY.search(answer.headers["Location"])):
        raise Refusal(answer, why[1])
    if page:
        return answer.headers["Location"].strip("/").rpartition("/")[2]
    return str(answer.json["token"])


def by_ticket(attempt: Attempt) -> str:
    """A program's way: a ticket in JSON, then all bytes at once."""
    token, path = ticket(attempt, declared=True)
    if attempt.dice.random() < 0.5:
        return put(attempt, path)
    send(attempt, path, len(attempt.work.data))
    return token


def ticket(attempt: Attempt, *, declared: bool) -> tuple[str, str]:
    """The token, and the path of the upload."""
    said = attempt.words() | {
        "size": str(len(attempt.work.data)),
        "filename": attempt.work.name,
    }
    if declared:
        said["sha256"] = attempt.work.sha256
    answer = attempt.ask(
        "POST",
        f"/competitions/{attempt.hall}/tickets/",
        json.dumps(said).encode(),
        Content_Type="application/json",
    )
    made = expect(answer, 201).json
    return str(made["token"]), urlsplit(str(made["upload_url"])).path


def put(attempt: Attempt, path: str) -> str:
    """The whole file in one request that can be sent again; the token."""
    kind = "application/octet-stream"
    answer = attempt.ask("PUT", path, attempt.work.data, Content_Type=kind)
    return str(expect(answer, 202).json["token"])


def by_tus(attempt: Attempt) -> str:
    """An upload in pieces, made for a ticket by the protocol's own creation."""
    token, _path = ticket(attempt, declared=attempt.dice.random() < 0.5)
    answer = attempt.ask(
        "POST",
        "/uploads/",
        b"",
        Upload_Length=str(len(attempt.work.data)),
        Upload_Metadata=f"ticket {b64encode(token.encode()).decode()}",
        **TUS,
    )
    path = urlsplit(expect(answer, 201).headers["Location"]).path
    send(attempt, path, attempt.dice.choice(PIECES))
    return token


def send(attempt: Attempt, path: str, piece: int) -> None:
    """From where the server says it is to the end, which it says at last."""
    while True:
        where = expect(attempt.ask("HEAD", path, **TUS), 200)
        offset = int(where.headers["Upload-Offset"])
        if offset == len(attempt.work.data):
            return
        data = attempt.work.data[offset : offset + piece]
        answer = attempt.ask(
            "PATCH",
            path,
            data,
            Upload_Offset=str(offset),
            Upload_Checksum=checksum(data) if attempt.dice.random() < 0.3 else None,
            Content_Type="application/offset+octet-stream",
            **TUS,
        )
        expect(answer, 204)


def checksum(data: bytes) -> str:
    return f"sha1 {b64encode(hashlib.sha1(data).digest()).decode()}"


Way = Callable[[Attempt], str]
WAYS: tuple[Way, ...] = (by_form, by_ticket, by_tus)
