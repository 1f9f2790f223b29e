"""Importing a file: all of its rows or none; a preview does the same and undoes it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.fields import sentences
from mycenas.core.http.errors import ProblemError
from mycenas.staff.imports.kinds import ImportKind, Outcome
from mycenas.staff.imports.reading import ImportRow
from mycenas.staff.saving import refusal_of

REPEATED = _("Row %(row)d has the same value here.")


# Each a column, '' for all, and a sentence.
Errors = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Result:
    """What becomes of a row, or what is wrong with it."""

    line: ImportRow
    outcome: Outcome | None
    errors: Errors = ()


@dataclass(frozen=True)
class Report:
    """The results of all rows; ``is_applied`` unless everything was taken back."""

    results: list[Result]
    is_applied: bool

    @property
    def is_right(self) -> bool:
        return not any(result.errors for result in self.results)

    @property
    def digest(self) -> str:
        """Of what is imported and what becomes of it: what a preview has shown."""
        facts = [[one.line.values, one.outcome, one.errors] for one in self.results]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def count(self, outcome: Outcome) -> int:
        return sum(result.outcome == outcome for result in self.results)


def run(
    kind: ImportKind, row: Any, lines: list[ImportRow], *, by: User, previewed: str = ""
) -> Report:
    """Import the rows; without ``previewed`` find out what would happen.

    Everything is taken back if a row is refused, or if something else would happen than
    the preview with the digest ``previewed`` has shown.
    """
    with transaction.atomic():
        results = list(_results(kind, row, lines, by))
        report = Report(results, is_applied=True)
        if report.is_right and report.digest == previewed:
            return report
        transaction.set_rollback(True)
    return Report(results, is_applied=False)


def _results(
    kind: ImportKind, row: Any, lines: list[ImportRow], by: User
) -> Iterator[Result]:
    checked = list(_checked(kind, lines))
    right = [(line, data) for line, data, errors in checked if not errors]
    saved = iter(_all_saved(kind, row, right, by))
    for line, _data, errors in checked:
        yield Result(line, None, errors) if errors else next(saved)


def _checked(
    kind: ImportKind, lines: list[ImportRow]
) -> Iterator[tuple[ImportRow, dict[str, Any], Errors]]:
    """Each row with what it says, and what is wrong with it as it stands there."""
    numbers: dict[tuple[str, ...], int] = {}
    for line in lines:
        form = kind.form(line.values)
        if not form.is_valid():
            yield line, {}, tuple(_errors_of(form))
            continue
        key = tuple(str(form.cleaned_data[name]).casefold() for name in kind.key)
        first = numbers.setdefault(key, line.number)
        repeated = (kind.key[-1], str(REPEATED % {"row": first}))
        yield line, form.cleaned_data, () if first == line.number else (repeated,)


def _all_saved(
    kind: ImportKind, row: Any, right: list[tuple[ImportRow, dict[str, Any]]], by: User
) -> list[Result]:
    """What becomes of the rows: at once, or one by one if that is refused."""
    if kind.save_all and right:
        with suppress(ProblemError, IntegrityError), transaction.atomic():
            found = kind.save_all(row, [data for _line, data in right], by)
            return [
                Result(line, None, _refused(kind, one))
                if isinstance(one, ProblemError)
                else Result(line, one)
                for (line, _data), one in zip(right, found, strict=True)
            ]
    return [_saved(kind, row, line, data, by) for line, data in right]


def _errors_of(form: forms.Form) -> Iterator[tuple[str, str]]:
    for name, found in form.errors.items():
        for sentence in sentences(found):
            yield "" if name == NON_FIELD_ERRORS else name, sentence


def _saved(
    kind: ImportKind, row: Any, line: ImportRow, data: dict[str, Any], by: User
) -> Result:
    try:
        # Each row is refused by itself, so that all errors are found at once.
        with transaction.atomic():
            return Result(line, kind.save(row, data, by))
    except ValidationError as error:
        return Result(line, None, tuple(_invalid(kind, error)))
    except (ProblemError, IntegrityError) as error:
        return Result(line, None, _refused(kind, error))


def _refused(kind: ImportKind, error: ProblemError | IntegrityError) -> Errors:
    refused = refusal_of(error)
    column = refused.field if refused.field in kind.columns else ""
    return ((column, str(refused.sentence)),)


def _invalid(kind: ImportKind, error: ValidationError) -> Iterator[tuple[str, str]]:
    for name, found in error.message_dict.items():
        for sentence in found:
            yield name if name in kind.columns else "", sentence
