"""Conditions and expectations are decided before the bytes (RFC 9110)."""

from __future__ import annotations

import pytest

from mycenas.uploads.requests import Limits
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import (
    ask_first,
    begin_put,
    enter_by_form,
    put,
    take_ticket,
)
from tests.protocol.tus.serving import Reply, encoded
from tests.serving import MEBIBYTE, Served, field, file_part, form, head

LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"
FAR = "Fri, 31 Dec 2100 23:59:59 GMT"
FALSE = [
    {"If_Match": '"x"'},
    {"If_Match": 'W/"x", "y"'},
    {"If_Match": "x"},
    {"If_Match": ""},
    {"If_Match": '"x"', "If_Unmodified_Since": FAR},
    {"If_None_Match": "*"},
    {"If_Unmodified_Since": LONG_AGO},
    {"If": "(<opaquelocktoken:1>)"},
    {"If_Schedule_Tag_Match": '"x"'},
    {"X_Goog_If_Generation_Match": "0"},
]
TRUE = [
    {"If_Match": "*"},
    {"If_Match": "*", "If_Unmodified_Since": LONG_AGO},
    {"If_None_Match": '"x", W/"y"'},
    {"If_None_Match": '"*"'},
    {"If_Unmodified_Since": FAR},
    {"If_Unmodified_Since": "yesterday"},
    {"If_Modified_Since": FAR},
    {"Expect": "100-Continue"},
]
UNKNOWN = ["200-ok", "100-continue, 200-ok", "100-continue; x=1", "x"]


def state() -> str:
    return Submission.objects.get().state


def test_a_false_condition_refuses_before_the_bytes(ada, ticket, picture):
    length = str(len(picture))
    for headers in FALSE:
        reply = ask_first(ada, ticket, Content_Length=length, **headers)
        assert (reply.status, reply.code) == (412, "condition_failed"), headers
        assert state() == S.RESERVED, headers
    assert put(ada, ticket, picture).status == 202


def test_a_true_condition_changes_nothing(ada, competition, picture):
    for number, headers in enumerate(TRUE):
        key = f"raw-key-of-{number}"
        ticket = take_ticket(ada, competition, idempotency_key=key)
        # The same file again would lead to its receipt.
        data = picture + bytes([number])
        assert put(ada, ticket, data, **headers).status == 202, headers


@pytest.mark.parametrize("headers", [FALSE[0], FALSE[5], FALSE[6]])
def test_conditions_hold_for_pieces_and_for_the_end(headers, ada, ticket, picture):
    named = f"ticket {encoded(Submission.objects.get().token)}"
    refused = ada.create(len(picture), Upload_Metadata=named, **FALSE[0])
    assert refused.status == 412
    ada.create(len(picture), Upload_Metadata=named)
    assert ada.patch(ticket, picture, 0, **headers).status == 412
    assert ada.ask("DELETE", ticket, **headers).status == 412
    assert ada.where(ticket).offset == 0
    assert ada.patch(ticket, picture, 0, If_Match="*").status == 204


def test_what_is_not_there_is_not_found_whatever_the_condition(ada, picture):
    for headers in ({"If_None_Match": "*"}, {"If_Match": '"x"'}):
        assert put(ada, f"/uploads/{'x' * 32}/", picture, **headers).status == 404


def test_a_file_that_came_is_newer_than_its_ticket(ada, ticket, picture):
    put(ada, ticket, picture)
    assert put(ada, ticket, picture, If_Unmodified_Since=LONG_AGO).status == 412
    assert put(ada, ticket, picture, If_Unmodified_Since=FAR).status == 202


def test_a_form_under_a_false_condition_reserves_nothing(ada, competition, picture):
    path = f"/competitions/{competition.slug}/tickets/"
    assert ada.ask("POST", path, b"{}", If_Match='"x"').status == 412
    assert not Submission.objects.exists()
    assert enter_by_form(ada, competition, picture).status == 202


@pytest.mark.parametrize("expected", UNKNOWN)
def test_other_expectations_are_refused(expected, ada, ticket, picture):
    with ada.connection() as line:
        length = str(len(picture))
        begin_put(ada, line, ticket, Content_Length=length, Expect=expected)
        if "continue" not in expected:
            line.sendall(picture)
        reply = Reply(line, "PUT")
    assert (reply.status, reply.code) == (417, "unknown_expectation")
    assert state() == S.RESERVED


def test_conditions_of_a_form_and_expectations_anywhere(tmp_path):
    body = form(field("title", "Dusk"), file_part(b"pixels"))
    with Served(tmp_path, limits=Limits(upload_bytes=MEBIBYTE)) as served:
        assert served.enter("keep", body, If_Match='"x"').status == 412
        assert served.enter("keep", body, If_None_Match="*").status == 412
        assert served.ask(head("GET", "/page/", Expect="x")).status == 417
        assert served.site.calls == []
        assert served.ask(head("GET", "/page/", If_None_Match="*")).status == 200
        assert served.enter("keep", body, If_Match="*").json["staged"]
