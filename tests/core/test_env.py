"""The environment, read once and in one way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from mycenas.env import (
    env_bool,
    env_list,
    env_path,
    env_seconds,
    env_secret,
    env_text,
)

NAME = "MYCENAS_TEST_VALUE"


@pytest.mark.parametrize(
    ("text", "found"), [("a", "a"), (" a ", "a"), ("", "other"), (None, "other")]
)
def test_text(monkeypatch, text, found):
    if text is not None:
        monkeypatch.setenv(NAME, text)
    assert env_text(NAME, "other") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("1", True), ("Yes", True), ("on", True), ("0", False), ("no", False), ("", True)],
)
def test_bool(monkeypatch, text, found):
    monkeypatch.setenv(NAME, text)
    assert env_bool(NAME, default=True) is found


def test_list(monkeypatch):
    assert env_list(NAME, ("a",)) == ["a"]
    monkeypatch.setenv(NAME, "a, b,,c ")
    assert env_list(NAME) == ["a", "b", "c"]


def test_path(monkeypatch):
    assert env_path(NAME, Path("/srv")) == Path("/srv")
    monkeypatch.setenv(NAME, "~/data")
    assert env_path(NAME, Path("/srv")) == Path.home() / "data"


def test_a_site_that_others_reach_needs_a_secret(monkeypatch):
    assert env_secret(NAME, debug=True, development="weak") == "weak"
    with pytest.raises(ImproperlyConfigured, match=NAME):
        env_secret(NAME, debug=False, development="weak")
    monkeypatch.setenv(NAME, "strong")
    assert env_secret(NAME, debug=False, development="weak") == "strong"


@pytest.mark.parametrize(("text", "seconds"), [("", 20), ("7", 7), ("0.5", 0.5)])
def test_seconds(monkeypatch, text, seconds):
    monkeypatch.setenv(NAME, text)
    assert env_seconds(NAME, 20) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e9", "4 minutes"])
def test_a_span_of_time_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv(NAME, text)
    with pytest.raises(ImproperlyConfigured, match="number of seconds above 0"):
        env_seconds(NAME, 20)
