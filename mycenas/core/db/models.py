"""Base of all models: constraints are validated with sentences for people."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from mycenas.core.http.errors import field_for, sentence_for


class ConstrainedModel(models.Model):
    """A model that validates its constraints with their registered sentences.

    All models of ours are one. Sentences and fields are registered in
    mycenas/core/http/errors.py and mycenas/core/db/constraint_messages.py.
    """

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        validate_constraints(self, exclude)


def validate_constraints(
    row: models.Model, exclude: Collection[str] | None = None
) -> None:
    """Raise ``ValidationError`` with the sentences of violated constraints, by field.

    Also for models of libraries, whose own messages only name the constraint.
    """
    errors: dict[str, list[str]] = {}
    out = set(exclude or ())
    fields = {field.name for field in row._meta.get_fields()} - out
    for model, constraints in row.get_constraints():
        for constraint in constraints:
            try:
                constraint.validate(model, row, exclude=out)
            except ValidationError as error:
                for field, sentences in _messages(constraint, error).items():
                    place = field if field in fields else NON_FIELD_ERRORS
                    errors.setdefault(place, []).extend(sentences)
    if errors:
        raise ValidationError(errors)


def _messages(
    constraint: models.BaseConstraint, error: ValidationError
) -> dict[str, list[str]]:
    """The sentences of a violated constraint, by field."""
    if hasattr(error, "error_dict"):
        return error.message_dict
    sentence = sentence_for(constraint.name) or error.messages[0]
    return {field_for(constraint.name): [str(sentence)]}
