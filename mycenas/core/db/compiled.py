"""Queries of the ORM whose SQL is made once and then run prepared, with other values.

On a page that shows a few rows Django takes longer to write the SQL than PostgreSQL
to run it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import update_wrapper
from inspect import signature
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, Field, Lookup, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.http import Http404
from django.utils.functional import cached_property

from mycenas.core.db.database import compose, run

Row = TypeVar("Row")
Rows = Iterable[tuple[Any, ...]]


class Given(Expression):
    """A value that is known when the query runs; it is compared with a column."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[()]]:
        return f"%({self.name})s", ()


@Field.register_lookup
class AnyOf(Lookup[Any]):
    """One of the values of an array, which `Given` stands for."""

    lookup_name = "any_of"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, parameters = self.process_lhs(compiler, connection)
        array, more = self.process_rhs(compiler, connection)
        return f"{column} = ANY({array})", [*parameters, *more]


class compiled(Generic[Row]):
    """Makes a query of a function that builds a queryset of its parameters.

    The function is called once, with a `Given` for each parameter, so it cannot decide
    by their values. `QuerySet.prefetch_related` has no effect.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        update_wrapper(self, build)

    def __call__(self, **values: Any) -> list[Row]:
        """The rows, as the queryset would give them."""
        sql, read = self._compiled
        return read(run(sql, values))

    def first(self, **values: Any) -> Row | None:
        """The first row, None without one."""
        return next(iter(self(**values)), None)

    def get_or_404(self, **values: Any) -> Row:
        """The only row; raises ``Http404`` without one."""
        found = self.first(**values)
        if found is None:
            raise Http404
        return found

    @property
    def sql(self) -> str:
        """The statement, with named parameters."""
        return self._compiled[0]

    @cached_property
    def _compiled(self) -> tuple[str, Callable[[Rows], list[Row]]]:
        connection.ensure_connection()
        queryset = self._build(*map(Given, signature(self._build).parameters))
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql = _with_constants(*compiler.as_sql())
        is_of_models = issubclass(queryset._iterable_class, ModelIterable)
        return sql, _reader(compiler) if is_of_models else _as_they_are


def _as_they_are(rows: Rows) -> list[Any]:
    return list(rows)


def _with_constants(sql: str, parameters: Iterable[Any]) -> str:
    """The SQL with its constants in place, so that the plan knows them."""
    left = iter(parameters)

    def literal(_found: re.Match[str]) -> str:
        return compose("%s", [next(left)]).replace("%", "%%")

    return re.sub("(?<!%)%s", literal, sql)


def _reader(compiler: Any) -> Callable[[Rows], list[Any]]:
    """Makes rows of the model and of those joined, as `ModelIterable` does."""
    info, added = compiler.klass_info, compiler.annotation_col_map or {}
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in compiler.select[first:last]]
    # The stubs are those of a later Django.
    related = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]

    def made(row: tuple[Any, ...]) -> Any:
        found = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:last])
        for one in related:
            one.populate(row, found)
        for name, place in added.items():
            setattr(found, name, row[place])
        return found

    return lambda rows: list(map(made, rows))
