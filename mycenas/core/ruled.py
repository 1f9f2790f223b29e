"""The base of all models: constraints that report their sentences at fields."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from mycenas.core.errors import field_for, sentence_for


class Ruled(models.Model):
    """A model whose constraints report their sentences at the field they concern.

    Every model of the site is one. mycenas/core/errors.py and mycenas/core/sentences.py
    register the sentences and fields.
    """

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        judge(self, exclude)


def judge(row: models.Model, exclude: Collection[str] | None = None) -> None:
    """Raise ``ValidationError`` with the sentences of a row's constraints, by field.

    Also for models of libraries, whose own sentences name only the constraint.
    """
    errors: dict[str, list[str]] = {}
    out = set(exclude or ())
    fields = {field.name for field in row._meta.get_fields()} - out
    for model, constraints in row.get_constraints():
        for constraint in constraints:
            try:
                constraint.validate(model, row, exclude=out)
            except ValidationError as error:
                for field, sentences in _sentences_of(constraint, error).items():
                    key = field if field in fields else NON_FIELD_ERRORS
                    errors.setdefault(key, []).extend(sentences)
    if errors:
        raise ValidationError(errors)


def _sentences_of(
    constraint: models.BaseConstraint, error: ValidationError
) -> dict[str, list[str]]:
    """The sentences of a constraint by field; some constraints give both themselves."""
    if hasattr(error, "error_dict"):
        return error.message_dict
    sentence = sentence_for(constraint.name) or error.messages[0]
    return {field_for(constraint.name): [str(sentence)]}
