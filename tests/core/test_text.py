"""Text from people: what stays, what goes, and what is no text at all."""

from __future__ import annotations

import importlib
import re

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from mycenas.core.db.bounds import BLANK
from mycenas.core.fields import Line, LineField, Prose, ProseField, WebAddress
from mycenas.core.http.wellformed import can_be_held
from mycenas.core.text import tidy, tidy_line

OURS = ("core", "accounts", "competitions", "submissions", "campaigns", "interactions")
INVISIBLE = (
    "", " ", "\u00a0\u2003", "\t\n", "\u200b\u200c\u200d\u2060\ufeff", "\u202e\u2066",
    "\u3164", "\u115f\u1160\uffa0", "\u2800", "\ufe0f", "\u034f", "\u180e", "\u00ad",
    "\U000e0061\U000e0062", "\x01\x7f\x85", "\u2028", "\ufff9", "\U0001d173", "\u17b4",
    "\u2065", "\ufff0\ufff8", "\ufffc", "\U000e0000", "\U000e0080\U000e00ff",
    "\U000e01f0\U000e0fff", "\U0001d159", "\U00013441", "\U0001343f", "\ufb37",
)  # fmt: skip


def test_what_postgresql_takes_for_blank_shows_nothing():
    blank = re.compile(BLANK)
    assert blank.match("")
    found = [char for char in map(chr, range(0x110000)) if blank.match(char)]
    assert {" ", "\u200b", "\u00a0", "\ufeff", "\U000e0061"} <= set(found)
    assert not any(map(tidy, found))


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_text_that_shows_nothing_is_empty(text):
    assert tidy_line(text) == tidy(text) == ""
    for field in (LineField(), ProseField()):
        with pytest.raises(ValidationError, match="required"):
            field.clean(text)
    assert LineField(required=False).clean(text) == ""


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("a\u200bb", "ab"),
        ("\u202eabc\u202c", "abc"),
        ("a\u0000b\u0007", "ab"),
        ("one\r\ntwo\tthree", "one two three"),
        ("A\u030a", "\u00c5"),
        ("\u200e\u05e9\u200f", "\u05e9"),
        ("\ufdd0a\uffff", "a"),
        ("e\u200d\u200de", "ee"),
        ("a\u2065\ufff0\ufffc\U000e0fff\U0001343fb", "ab"),
        ("\U0001fa77", "\U0001fa77"),
    ],
)
def test_a_line_is_tidied(raw, line):
    assert tidy_line(raw) == line


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f469\u200d\U0001f680",
        "\u2764\ufe0f\u200d\U0001f525",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "\u0600\u0661",
        "\u05e9\u05e7\u05d9\u05e2\u05d4",
    ],
    ids=ascii,
)
def test_what_scripts_and_emoji_need_stays(text):
    assert tidy_line(text) == text


def test_prose_keeps_its_lines():
    assert tidy("one\r\n\r\ntwo\u2028three\n") == "one\n\ntwo\nthree"


def test_a_character_that_could_not_be_read_is_shown_with_its_place():
    with pytest.raises(ValidationError, match="at character 3"):
        LineField().clean("ab\ufffdc")


@given(st.text())
def test_tidied_text_can_be_held_and_is_tidy(text):
    for tidied in (tidy(text), tidy_line(text)):
        assert can_be_held(tidied)
        assert tidy(tidied) == tidied


# --- nothing is left out


def columns():
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                yield model, field


def test_every_column_for_text_from_people_is_tidied():
    plain = {
        f"{model.__name__}.{field.name}"
        for model, field in columns()
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(
            field,
            Line | Prose | models.SlugField | models.EmailField | WebAddress,
        )
        and field.editable
        and not field.choices
    }
    people = {name for name in plain if name.split(".")[0] not in PROGRAMS}
    # A secret, a name that is looked up, and a name without folders.
    assert people == {
        "User.password",
        "Competition.time_zone",
        "Submission.original_name",
    }


PROGRAMS = (
    "Mail", "AuditEntry", "Canary", "ReceiptKey", "View", "Rendition", "Impression",
)  # fmt: skip
FORMS = (
    "campaigns.forms",
    "competitions.forms",
    "mycenas.accounts.forms",
    "submissions.receipts.verify",
    "submissions.intake.forms",
    "submissions.review.forms",
)


def test_every_form_takes_text_tidied():
    for module in FORMS:
        importlib.import_module(module)
    plain = {
        f"{form.__name__}.{name}"
        for form in every(forms.BaseForm)
        if form.__module__.split(".")[0] in (*OURS, "mycenas")
        for name, field in form.base_fields.items()
        if not any(name in getattr(base, "base_fields", ()) for base in form.__bases__)
        if type(field) is forms.CharField
    }
    # For programs: keys, digests, a receipt's letters, and a name that is cut down.
    programs = (
        "idempotency_key",
        "sha256",
        "digest",
        "filename",
        "time_zone",
        "receipt",
        "replaces",
        "kind",
        "previewed",
        "rows",
    )
    assert {name for name in plain if name.split(".")[1] not in programs} == set()


def every(cls):
    for below in cls.__subclasses__():
        if hasattr(below, "base_fields"):
            yield below
        yield from every(below)


def test_marks_on_one_letter_take_time_in_proportion_to_their_number():
    """Normalizing a run of this length takes minutes, in pieces it does not."""
    marks = "\u0301\u0323" * 150_000
    tidied = tidy("a" + marks)
    assert tidied.replace("\u034f", "").count("\u0323") >= 149_999
    assert tidy(tidied[:1000]) == tidied[:1000]
    with pytest.raises(ValidationError, match="At most 120"):
        LineField(max_length=120).clean("a" + marks)


def test_letters_with_usual_marks_stay_as_they_are():
    assert tidy("Tie\u0302\u0301ng Vie\u0302\u0323t") == "Ti\u1ebfng Vi\u1ec7t"
