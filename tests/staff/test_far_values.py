"""Each date, duration and number of the desk's forms is refused at its field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.urls import reverse

from competitions.models import Competition
from submissions.states import SubmissionState as S
from tests.factories import (
    CampaignFactory,
    CategoryFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
)
from tests.form_data import filled

# West of UTC the last minute of the calendar is in the year 10000.
ZONE = "America/New_York"
DAYS = (
    ("0001-01-01", "00:00"), ("9999-12-31", "23:59"), ("9999-12-31", "23:59 -14:00"),
    ("infinity", "infinity"), ("-1", "1e308"),
)  # fmt: skip
# Clocks are put forward, and back.
GAP, TWICE = ("2027-03-14", "02:30"), ("2027-11-07", "01:30")
NUMBERS = ("-1", "1e308", "infinity", "9" * 5000, str(2**63))
DURATIONS = (*NUMBERS, "0", "P9999Y", "999999999 23:59:59.999999")


def values_of(field: Any, *, in_zone: bool) -> tuple[Any, ...]:
    if isinstance(field, forms.SplitDateTimeField):
        return (*DAYS, GAP, TWICE) if in_zone else DAYS
    if isinstance(field, forms.DurationField):
        return DURATIONS
    return NUMBERS if isinstance(field, forms.IntegerField) else ()


def typed(name: str, value: Any) -> dict[str, str]:
    if isinstance(value, tuple):
        return {f"{name}_{place}": part for place, part in enumerate(value)}
    return {name: value}


def forms_of(answer: Any) -> list[Any]:
    """All forms of a page of the desk, those of its parts as well."""
    context = answer.context or {}
    shown = context.get("adminform")
    found = [shown.form if shown else context.get("form")]
    for one in context.get("inline_admin_formsets") or ():
        found += one.formset.forms
    return [form for form in found if form is not None]


def fields_of(answer: Any) -> Iterator[tuple[str, Any]]:
    for form in forms_of(answer):
        for name, field in form.fields.items():
            if not field.disabled:
                yield form.add_prefix(name), field


def refused_at(answer: Any) -> set[str]:
    found = forms_of(answer)
    return {form.add_prefix(name) for form in found for name in form.errors}


def address(row: Any, name: str, *more: Any) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=more)


def pages() -> Iterator[str]:
    """A form to add, and the forms and acts of something in each relevant state."""
    yield address(Competition, "add")
    draft = CompetitionFactory(time_zone=ZONE)
    CategoryFactory(competition=draft)
    opened = CompetitionFactory(time_zone=ZONE, state="open")
    entry = SubmissionFactory(state=S.PENDING, competition=opened)
    campaign = CampaignFactory(competition=opened)
    running = CampaignFactory(competition=opened, state="running")
    for row in (draft, opened, entry, campaign, running):
        yield address(row, "change", row.pk)
        model_admin: Any = admin.site._registry[type(row)]
        for verb in model_admin.verbs:
            yield address(row, "do", row.pk, verb.name)


@pytest.mark.django_db
def test_what_is_far_or_no_number_is_refused_at_its_field(signed_in):
    client = signed_in(UserFactory(is_staff=True, is_superuser=True))
    client.raise_request_exception = False
    wrong, tried = [], set()
    for page in pages():
        answer = client.get(page, follow=True)
        form = filled(answer)
        for name, field in fields_of(answer):
            for value in values_of(field, in_zone="add" not in page):
                posted = client.post(page, {**form, **typed(name, value)})
                tried.add(name)
                if posted.status_code != 200 or name not in refused_at(posted):
                    wrong.append((page, name, value, posted.status_code))
    assert wrong == []
    assert tried >= {
        "opens_at", "closes_at", "starts_at", "ends_at", "days", "upload_window",
        "max_entries", "prizes-0-position", "categories-0-position",
    }  # fmt: skip
