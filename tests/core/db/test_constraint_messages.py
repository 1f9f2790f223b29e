"""Every rule that PostgreSQL keeps has a sentence, and a constraint names a field."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q

from competitions.models import Competition
from mycenas.core.db.constraint_messages import (
    fields_of,
    unique_columns,
    unique_together,
)
from mycenas.core.http.errors import field_for, sentence_for
from mycenas.core.models import ConstrainedModel
from tests.database.tools import rows
from tests.factories import CategoryFactory, CompetitionFactory

OURS = [
    model
    for config in apps.get_app_configs()
    if hasattr(config, "guards")
    for model in config.get_models()
]
CONSTRAINTS = [(m, c) for m in OURS for c in m._meta.constraints]
# Said at fields of the verbs' own forms.
ASKED = {"new_picture", "reason"}


@pytest.mark.parametrize(
    ("model", "constraint"), CONSTRAINTS, ids=[c.name for _, c in CONSTRAINTS]
)
def test_every_constraint_has_a_sentence_and_a_field(model, constraint):
    sentence = str(sentence_for(constraint.name))
    assert sentence.endswith(".")
    assert constraint.name not in sentence
    known = {field.name for field in model._meta.get_fields()} | ASKED
    assert field_for(constraint.name) in known


def test_every_model_of_ours_says_its_sentences():
    assert [model for model in OURS if not issubclass(model, ConstrainedModel)] == []


@pytest.mark.django_db
def test_every_unique_column_has_a_sentence_and_its_field():
    in_force = dict(
        rows(
            "SELECT conname, a.attname::text FROM pg_constraint c JOIN pg_attribute a"
            " ON attrelid = conrelid AND attnum = conkey[1]"
            " WHERE contype = 'u' AND cardinality(conkey) = 1"
        )
    )
    ours = dict(pair for model in OURS for pair in unique_columns(model))
    assert len(ours) > 8
    for name, field in ours.items():
        assert in_force[name] == field.column
        assert str(sentence_for(name)).endswith(".")
        assert field_for(name) == field.name


FUNCTIONS = """
SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
ARGUMENTS = """
SELECT encode(tgargs, 'escape') FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
WHERE proname IN ('refuse_state', 'refuse_row')
"""
# Said to those who build, never to those who use: the owner moved a trigger.
FOR_BUILDERS = {"audit_of_our_tables"}


@pytest.mark.django_db
def test_every_refusal_of_a_trigger_has_a_sentence():
    said = {
        n for (text,) in rows(FUNCTIONS) for n in re.findall(r"refuse\('(\w+)'", text)
    }
    said |= {text.split("\\000")[0] for (text,) in rows(ARGUMENTS)}
    assert len(said) > 20
    assert {name for name in said - FOR_BUILDERS if not sentence_for(name)} == set()


@pytest.mark.django_db
def test_a_model_complains_at_the_field():
    moment = CompetitionFactory().opens_at
    with pytest.raises(ValidationError) as caught:
        Competition(slug="a", opens_at=moment, closes_at=moment).validate_constraints()
    assert list(caught.value.message_dict) == ["closes_at"]


@pytest.mark.django_db
def test_a_field_that_is_not_asked_for_is_no_place_for_a_sentence():
    category = CategoryFactory()
    category.pk = None
    with pytest.raises(ValidationError) as caught:
        category.validate_constraints(exclude={"name"})
    assert list(caught.value.message_dict) == ["slug", "position"]


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        (models.CheckConstraint(name="x", condition=Q(opens_at__lt=F("closes_at"))),
         ["opens_at", "closes_at"]),
        (models.UniqueConstraint(Func("slug", function="lower"), name="x"), ["slug"]),
        (ExclusionConstraint(name="x", expressions=[("title", "=")]), ["title"]),
    ],
)  # fmt: skip
def test_fields_are_read_from_every_kind_of_constraint(constraint, fields):
    assert fields_of(Competition, constraint) == fields


@pytest.mark.django_db
def test_columns_of_a_library_that_are_unique_together_have_a_sentence_and_a_field():
    in_force = {name for (name,) in rows("SELECT conname FROM pg_constraint")}
    ((name, fields),) = unique_together(EmailAddress)
    assert name in in_force
    assert "has this mail address already" in str(sentence_for(name))
    assert field_for(name) == fields[-1].name == "email"
