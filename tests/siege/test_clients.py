"""What the siege's own parts believe: ledgers, answers, moves."""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from submissions.states import SUBMISSION
from tests.siege.auditor import fault_of_moves
from tests.siege.ledger import Ledger, accounts
from tests.siege.wire import parse

ANSWER = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
    b'Content-Length: 15\r\n\r\n{"token": "ab"}'
)


def test_only_a_whole_answer_is_one() -> None:
    answer = parse(ANSWER, "POST")
    assert (answer.status, answer.json["token"]) == (202, "ab")
    for length in range(len(ANSWER)):
        with pytest.raises(HTTPException):
            parse(ANSWER[:length], "POST")


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ([], "refused"),
        ([{"event": "asking"}], "unknown"),
        ([{"event": "asking"}, {"event": "answered", "status": 422}], "refused"),
        ([{"event": "asking"}, {"event": "answered", "status": 503}], "unknown"),
        ([{"event": "asking"}, {"event": "broken"}], "unknown"),
        (
            [
                {"event": "asking"},
                {"event": "broken"},
                {"event": "asking"},
                {"event": "answered", "status": 202},
                {"event": "acknowledged", "token": "ab"},
            ],
            "acknowledged",
        ),
    ],
)
def test_an_account_says_what_the_client_may_rely_on(
    tmp_path: Path, events: list[dict[str, Any]], outcome: str
) -> None:
    ledger = Ledger(tmp_path / "one.jsonl")
    ledger.write("begun", "w", kind="good", hall="attic", size=1, sha256="f")
    for event in events:
        ledger.write(
            event["event"], "w", **{k: v for k, v in event.items() if k != "event"}
        )
    ledger.close()
    # Cut off while it was written: nobody has acted on it.
    with (tmp_path / "one.jsonl").open("ab") as file:
        file.write(b'{"event": "acknow')
    assert accounts(tmp_path)["w"].outcome == outcome


@pytest.mark.parametrize(
    ("moves", "now", "is_legal"),
    [
        ([(None, "reserved"), ("reserved", "received")], "received", True),
        ([(None, "received")], "received", False),
        ([(None, "reserved"), ("reserved", "pending")], "pending", False),
        ([(None, "reserved"), ("received", "processing")], "processing", False),
        ([(None, "reserved")], "received", False),
        ([], "reserved", False),
    ],
)
def test_the_journal_is_followed_move_by_move(
    moves: list[tuple[str | None, str]], now: str, is_legal: bool
) -> None:
    acts = [{"changes": {"state": [old, new]}} for old, new in moves]
    assert (fault_of_moves(SUBMISSION, acts, now) == "") is is_legal
