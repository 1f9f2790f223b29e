"""Sentences of forms repeat what was typed, but no more of it than helps."""

from __future__ import annotations

import json

import pytest
from django import forms
from django.contrib import admin
from django.template import engines
from django.test import RequestFactory

from mycenas.accounts.forms import SignupForm
from mycenas.accounts.models import User
from mycenas.core.addresses import canonical_if_any, in_words
from mycenas.core.fields import (
    LineField,
    MailField,
    ProseField,
    WebAddressField,
    in_json,
    sentences,
)
from mycenas.core.text import MAX_SHOWN, display_name, shown

LONG = 70_000
MARKS = "\u0323\u0301"
TEXTS = ["x" * LONG, "ü" * LONG, f"a@{'ü' * LONG}.org", f"https://{'ü' * LONG}.org"]
TEXTS += ["9" * 4000, f"-{'9' * 4000}", f"{'x.' * LONG}org"]
# Normalizing sorts marks, in the square of their number; in all forms for seconds.
MARKED = [f"a@{MARKS * LONG}.org", f"a@{(MARKS * 15 + chr(0x200D)) * 3000}.org"]
SOAK = (pytest.mark.trial, pytest.mark.soak)
# Names, numbers and the sentence around one value.
LONGEST_SENTENCE = 400


class Choosing(forms.Form):
    one = forms.ChoiceField(choices=[("a", "A")])
    many = forms.MultipleChoiceField(choices=[("a", "A")])
    mail = MailField()
    site = WebAddressField()


@pytest.mark.parametrize("typed", TEXTS + MARKED)
def test_a_long_value_is_repeated_in_part(typed):
    form = Choosing(dict.fromkeys(Choosing.base_fields, typed))
    _check(form)
    assert shown(typed) in in_json(form.errors)["one"][0]["message"]
    page = engines["django"].from_string("{{ form.errors }}{{ form.one.errors }}")
    assert shown(typed) in page.render({"form": form})
    assert len(page.render({"form": form})) < 10 * LONGEST_SENTENCE


@pytest.mark.parametrize(
    "typed", [*TEXTS, *(pytest.param(text, marks=SOAK) for text in MARKED)]
)
@pytest.mark.django_db
def test_every_form_of_the_desk_and_the_sign_up_repeats_little(typed, settings):
    request = RequestFactory().get("/")
    request.user = User.objects.create(email="ada@example.org", is_superuser=True)
    for desk in admin.site._registry.values():
        form_class = desk.get_form(request, None)
        _check(form_class(dict.fromkeys(form_class.base_fields, typed)))
    _check(SignupForm(dict.fromkeys(SignupForm.base_fields, typed)))


def _check(form: forms.BaseForm) -> None:
    for errors in form.errors.values():
        for sentence in sentences(errors):
            assert len(sentence) < LONGEST_SENTENCE, sentence[:200]
    assert len(json.dumps(in_json(form.errors))) < 100 * LONGEST_SENTENCE


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        # One character has 18 ordinary ones.
        (MailField(), "\ufdfa" * 2000 + "@example.org"),
        (MailField(), "ada@" + "\ufdfa" * 2000 + ".org"),
        (LineField(max_length=160), "\u0300" * 20_000),
        (ProseField(max_length=400), "\u200b" * 20_000),
    ],
)
def test_text_far_too_long_is_refused_before_it_is_cleaned(field, typed):
    with pytest.raises(forms.ValidationError) as refused:
        field.clean(typed)
    codes = [error.code for error in refused.value.error_list]
    assert codes == ["max_length"]


def test_text_with_much_to_clean_is_cleaned():
    field = LineField(max_length=160)
    assert field.clean("Ab" + "\u200b" * 1500 + "end") == "Abend"
    assert canonical_if_any(" " * 300 + "Ada@Example.org") == "ada@example.org"


def test_a_search_with_a_long_word_leaves_it_as_it_is():
    word = "\ufdfa" * 2000 + "@example.org"
    assert in_words(f"{word} Ada@example.org") == f"{word} ada@example.org"


def test_a_long_name_of_a_file_is_cut_before_it_is_cleaned():
    assert display_name("/far/" + "\u200b" * 100_000 + "a.jpg") == ""
    assert display_name("\u200b" * 100_000 + "/a.jpg") == "a.jpg"


def test_short_values_are_repeated_as_they_are():
    assert shown("x" * MAX_SHOWN) == "x" * MAX_SHOWN
    assert shown("x" * (MAX_SHOWN + 1)) == f"{'x' * (MAX_SHOWN - 1)}…"
    form = Choosing({"one": "<b>", "mail": "ada"})
    assert "<b> is not one" in sentences(form["one"].errors)[0]
    assert "“ada” is not a mail address" in sentences(form["mail"].errors)[0]


@pytest.mark.parametrize("field_class", [LineField, ProseField])
def test_text_that_is_too_long_is_refused_with_both_numbers_and_never_cut(field_class):
    class Saying(forms.Form):
        text = field_class(max_length=160)

    form = Saying({"text": "x" * 203})
    assert sentences(form.errors["text"]) == [
        "At most 160 characters fit here; these are 203. Shorten the text."
    ]
    html = str(form["text"])
    assert "maxlength" not in html
    assert 'data-most="160"' in html
    assert "x" * 203 in html
