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
from mycenas.core.fields import MailField, WebAddressField, in_json, sentences
from mycenas.core.text import MAX_SHOWN, shown

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


def test_short_values_are_repeated_as_they_are():
    assert shown("x" * MAX_SHOWN) == "x" * MAX_SHOWN
    assert shown("x" * (MAX_SHOWN + 1)) == f"{'x' * (MAX_SHOWN - 1)}…"
    form = Choosing({"one": "<b>", "mail": "ada"})
    assert "<b> is not one" in sentences(form["one"].errors)[0]
    assert "“ada” is not a mail address" in sentences(form["mail"].errors)[0]
