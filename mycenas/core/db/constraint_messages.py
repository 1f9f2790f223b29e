"""Sentences and fields of the constraints that models declare."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import BaseConstraint, CheckConstraint, F, Field, Model
from django.db.models import UniqueConstraint as Unique
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import OUT_OF_BOUNDS, Bound
from mycenas.core.http.errors import explain_constraints, sentence_for

# PostgreSQL cuts longer names.
LONGEST_NAME = 63
SENTENCES: dict[str, str | Promise] = {
    "guards_read_committed": _(
        "This was tried with an old view of the data. Reload the page and try again."
    ),
    "audit_is_append_only": _("The audit is only ever added to."),
    "key_stays": _("The number of a row never changes: its history is found by it."),
    "receipt_key_stays": _(
        "A key that signed receipts stays published; retire it instead of deleting it."
    ),
    "receipt_key_begins_active": _(
        "A key that signs receipts begins active, as an Ed25519 key under its "
        "thumbprint; rotate_receipt_key makes one."
    ),
    "receipt_key_retires_once": _(
        "A key that signs receipts can be retired once; nothing else of it changes."
    ),
    "receipt_key_signs_alone": _("Only one key signs receipts; retire the other one."),
    "text_can_be_seen": _(
        "A reason or a name has no character that can be seen. Type it again. Nothing "
        "was changed."
    ),
    "mail_stays": _("A mail that was sent, and to whom it goes, is never changed."),
    "mail_begins_unsent": _(
        "A mail begins unsent and without attempts, and waits for a day at most."
    ),
    "mail_goes_when_due": _(
        "A mail without its words, one whose time has not come, and one that was given "
        "up cannot be marked as sent."
    ),
    "mail_tries_are_counted": _("The attempts to send a mail are counted one by one."),
    "mail_has_one_address": _(
        "A mail goes to exactly one address, and so do answers to it, if they go "
        "elsewhere than to the sender."
    ),
    "mail_headers_in_one_line": _(
        "Recipient, subject and the address for answers have no line ends and no "
        "control characters."
    ),
    "mail_is_recalled": _(
        "The mail is sent or being sent, so it can no longer be recalled. Nothing was "
        "changed."
    ),
}


def explain_declared() -> None:
    """Register sentence and field of each declared constraint.

    Apps replace the sentences where they know a better one.
    """
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            sentence, field = _sentence(model, constraint), _field(model, constraint)
            _explain(constraint.name, sentence, field)
        for name, unique in unique_columns(model):
            _explain(name, _taken(model, unique), unique.name)
        for name, fields in unique_together(model):
            _explain(name, _taken(model, fields[-1]), fields[-1].name)
    explain_constraints(SENTENCES)


def _explain(name: str, sentence: str | Promise, field: str) -> None:
    explain_constraints({name: sentence} if sentence else {}, {name: field})


def unique_columns(model: type[Model]) -> Iterator[tuple[str, Field[object, object]]]:
    """Single unique columns, with the name that PostgreSQL gives the constraint."""
    table = model._meta.db_table
    for field in model._meta.local_concrete_fields:
        if field.unique and not field.primary_key:
            yield f"{table}_{field.column}_key"[:LONGEST_NAME], field


def unique_together(
    model: type[Model],
) -> Iterator[tuple[str, list[Field[object, object]]]]:
    """Columns that are unique together in a library's model, with PostgreSQL's name."""
    # Only names are asked of it: it is not entered and runs nothing.
    editor: Any = connection.schema_editor(collect_sql=True)
    for names in model._meta.unique_together:
        fields: list[Any] = [model._meta.get_field(name) for name in names]
        columns = [field.column for field in fields]
        table = model._meta.db_table
        yield editor._create_index_name(table, columns, suffix="_uniq"), fields


def at_fields(
    error: ValidationError, model: type[Model], known: Container[str]
) -> ValidationError:
    """The same, with what is unique together at its last field, in its sentence."""
    rules = {
        tuple(field.name for field in fields): name
        for name, fields in unique_together(model)
    }
    found: dict[str, list[Any]] = {}
    for place, errors in error.error_dict.items():
        for one in errors:
            names = tuple((one.params or {}).get("unique_check", ()))
            sentence = sentence_for(rules[names]) if names in rules else None
            field = names[-1] if sentence and names[-1] in known else place
            found.setdefault(field, []).append(sentence or one)
    return ValidationError(found)


def fields_of(model: type[Model], constraint: BaseConstraint) -> list[str]:
    """The fields that the constraint refers to, in the order of its expression."""
    # Django keeps this reading to itself; its own checks of models use it.
    references = model._get_expr_references  # type: ignore[attr-defined]
    found = [path[0] for part in _parts(constraint) for path in references(part)]
    known = {field.name for field in model._meta.get_fields()}
    return [name for name in dict.fromkeys(found) if name in known]


def _parts(constraint: BaseConstraint) -> list[object]:
    if isinstance(constraint, CheckConstraint):
        return [constraint.condition]
    if isinstance(constraint, Unique):
        return [*map(F, constraint.fields), *constraint.expressions]
    if isinstance(constraint, ExclusionConstraint):
        sides = [side for side, _operator in constraint.expressions]
        return [F(side) if isinstance(side, str) else side for side in sides]
    return []


def _sentence(model: type[Model], constraint: BaseConstraint) -> str | Promise:
    own = constraint.violation_error_message
    if own and own != BaseConstraint.default_violation_error_message:
        return own
    fields = fields_of(model, constraint)
    if isinstance(constraint, Bound):
        name = getattr(model._meta.get_field(fields[0]), "verbose_name", fields[0])
        return format_lazy(OUT_OF_BOUNDS, name=name, limit=constraint.limit)
    if isinstance(constraint, Unique) and fields:
        return _taken(model, model._meta.get_field(fields[-1]))
    return ""


def _field(model: type[Model], constraint: BaseConstraint) -> str:
    """``violation_error_code`` if it is a field's name, else the first field."""
    fields = fields_of(model, constraint)
    if constraint.violation_error_code in fields:
        return str(constraint.violation_error_code)
    return fields[0] if fields else ""


def _taken(model: type[Model], field: object) -> str | Promise:
    return format_lazy(
        _("There is already a row of “{model}” with this “{field}”; choose another."),
        model=model._meta.verbose_name,
        field=getattr(field, "verbose_name", field),
    )
