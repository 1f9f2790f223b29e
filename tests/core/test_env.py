"""The environment, read once and in one way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from mycenas.env import (
    env_bool,
    env_bytes,
    env_int,
    env_list,
    env_path,
    env_rate,
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


def test_whole_numbers(monkeypatch):
    assert env_int(NAME, 3) == 3
    monkeypatch.setenv(NAME, "0")
    assert env_int(NAME, 3) == 0


@pytest.mark.parametrize(
    ("text", "found"), [("", 2**30), ("0", 0), ("7K", 7 * 2**10), ("12M", 12 * 2**20)]
)
def test_amounts_of_bytes(monkeypatch, text, found):
    monkeypatch.setenv(NAME, text)
    assert env_bytes(NAME, "1G") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("", (2**30, 60)), ("5M/s", (5 * 2**20, 1)), ("2G/10m", (2**31, 600))],
)
def test_rates_of_bytes(monkeypatch, text, found):
    monkeypatch.setenv(NAME, text)
    assert env_rate(NAME, "1G/m") == found


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda: env_int(NAME, 1), "-1"),
        (lambda: env_int(NAME, 1), "many"),
        (lambda: env_bytes(NAME, "1M"), "512"),
        (lambda: env_bytes(NAME, "1M"), "1.5G"),
        # A number of uploads, as an earlier version had it.
        (lambda: env_rate(NAME, "1M/m"), "30/m"),
        (lambda: env_rate(NAME, "1M/m"), "1M"),
    ],
)
def test_nonsense_is_named_with_its_variable(monkeypatch, read, text):
    monkeypatch.setenv(NAME, text)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}={text}"):
        read()


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
