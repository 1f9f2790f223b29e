"""A refusal says one sentence, to people and to programs."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import RequestFactory

from mycenas.core.http.errors import (
    ProblemError,
    constraint_of,
    explain_constraints,
    problem,
    refusal,
    sentence_for,
    wants_json,
)
from mycenas.core.http.middleware import RefusalMiddleware
from submissions.intake.refusals import StorageUnavailable
from tests.database.tools import raw
from tests.factories import CompetitionFactory


@pytest.fixture
def middleware():
    return RefusalMiddleware(lambda request: HttpResponse("page"))


@pytest.fixture
def refused_by_postgresql(db):
    competition = CompetitionFactory(state="open")
    with pytest.raises(IntegrityError) as caught:
        raw(
            "UPDATE competitions_competition SET state = 'draft', opened_at = NULL"
            " WHERE id = %s",
            [competition.pk],
        )
    return caught.value


def test_postgresql_names_the_rule_and_we_say_it(refused_by_postgresql):
    found = refusal(refused_by_postgresql)
    assert found is not None
    assert found.code == "competition_moves"
    assert str(found.sentence) == str(sentence_for("competition_moves"))


def test_an_error_without_a_known_name_is_a_bug():
    error = IntegrityError("no diagnosis")
    assert constraint_of(error) == ""
    assert refusal(error) is None


def test_apps_explain_their_own_guards():
    explain_constraints({"made_up": "Not so."})
    assert sentence_for("made_up") == "Not so."
    assert sentence_for("never_heard_of") is None


def test_programs_get_a_problem_document(middleware, rf):
    request = rf.get("/", headers={"accept": "application/json"})
    error = ProblemError("It is over.", code="deadline")
    answer = middleware.process_exception(request, error)
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content) == {
        "type": "urn:mycenas:problem:deadline",
        "title": "Conflict",
        "status": 409,
        "detail": "It is over.",
    }


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://testserver/competitions/light/", "/competitions/light/"),
        ("http://testserver/competitions/?page=2#top", "/competitions/"),
        ("http://elsewhere.example/trap/", "/"),
        ("http://testserver//elsewhere.example/", "/"),
        ("", "/"),
    ],
)
def test_people_get_a_page_with_a_way_back_inside_the_site(
    db, middleware, referrer, back, client, rf
):
    request = rf.get("/", headers={"referer": referrer})
    request.user, request.htmx = None, False
    answer = middleware.process_exception(request, ProblemError("Not now."))
    assert answer.status_code == 409
    assert f'href="{back}"' in answer.content.decode()
    assert "Not now." in answer.content.decode()


def test_a_bug_stays_a_bug(middleware, rf):
    assert middleware.process_exception(rf.get("/"), ValueError("a bug")) is None
    assert middleware.process_exception(rf.get("/"), IntegrityError("one")) is None
    assert middleware(rf.get("/")).content == b"page"


def test_a_full_storage_says_when_to_come_back(middleware, rf):
    request = rf.get("/", headers={"accept": "application/json"})
    answer = middleware.process_exception(request, StorageUnavailable())
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["RateLimit"].startswith('"storage";r=0;t=')


@pytest.mark.parametrize(
    ("accept", "as_json"),
    [
        ("application/json", True),
        ("text/html", False),
        ("*/*", False),
        ("text/html;q=0.5, application/json", True),
        ("image/png", False),
        ("application/json;q*=nonsense''1", False),
    ],
)
def test_who_wants_json(accept, as_json):
    request = RequestFactory().get("/", headers={"accept": accept})
    assert wants_json(request) is as_json


def test_a_problem_may_say_more():
    assert json.loads(problem(422, "bad", "No.", limit=3).content)["limit"] == 3
