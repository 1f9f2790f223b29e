"""Every reason, name and title has a character that can be seen, or is empty."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import models

from mycenas.core.db.bounds import BLANK
from tests.database.tools import alter, drop_guard, one, refused
from tests.factories import CompetitionFactory

pytestmark = pytest.mark.django_db

OURS = ("mycenas.", "competitions", "campaigns", "submissions", "interactions")
WORDS = re.compile(r"(^|_)reason$|^(name|title|headline)$")
# Not what people write: PostgreSQL takes it from the act, or a program makes it.
OTHERS = {
    "core.AuditEntry.reason",
    "submissions.Upload.name",
    "submissions.Rendition.name",
}
UNSEEN = ("\u00a0", "\u200b\u2060", " ", "\u3164", "\u2800\n", "\ufeff")


def columns() -> list[tuple[str, str]]:
    """Table and column, as the models have them."""
    return [
        (model._meta.db_table, str(field.column))
        for model in apps.get_models()
        if model.__module__.startswith(OURS)
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and WORDS.search(field.name)
        and f"{model._meta.label}.{field.name}" not in OTHERS
    ]


TRIGGER = """
SELECT pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = %s::regclass AND tgname LIKE '%%texts_can_be_seen'
"""


def probe(table: str) -> str:
    """An empty table of the same columns, which may be NULL, with that guard alone."""
    names = one(
        "SELECT string_agg(format('ALTER %%I DROP NOT NULL', attname), ', ')"
        " FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull"
        " AND NOT attisdropped",
        [table],
    )
    alter(f"CREATE TABLE probe (LIKE {table})")
    alter(f"ALTER TABLE probe {names}")
    definition = one(TRIGGER, [table])
    assert definition, f"{table} has no guard of its texts"
    alter(definition.replace(f" ON public.{table} ", " ON public.probe "))
    return "probe"


@pytest.mark.parametrize(("table", "column"), columns())
def test_what_people_read_can_be_seen(table, column):
    insert = f"INSERT INTO {probe(table)} ({column}) VALUES (%s)"
    for text in UNSEEN:
        assert refused(insert, [text]) == "text_can_be_seen", ascii(text)
    assert refused(insert, ["\u00a0x"]) == ""


def test_there_are_such_columns():
    assert len(columns()) > 20


def test_what_must_be_given_is_not_empty():
    row = CompetitionFactory()
    sql = "UPDATE competitions_competition SET title = '' WHERE id = %s"
    assert refused(sql, [row.pk]) == "text_can_be_seen"
    drop_guard("competition_texts_can_be_seen")
    assert refused(sql, [row.pk]) == ""


def test_a_text_that_is_there_stays_until_it_is_changed():
    row = CompetitionFactory()
    sql = "UPDATE competitions_competition SET {} WHERE id = %s"
    blank = "deadline_reason = E'\\u00a0'"
    assert refused(sql.format(blank), [row.pk]) == "text_can_be_seen"
    drop_guard("competition_texts_can_be_seen")
    assert refused(sql.format(blank), [row.pk]) == ""


def test_postgresql_knows_the_same_characters():
    blank = re.compile(BLANK)
    texts = [chr(code) for code in range(1, 0x30000) if not 0xD800 <= code < 0xE000]
    found = one(
        "SELECT array_agg(text) FROM unnest(%s::text[]) AS text WHERE is_blank(text)",
        [texts],
    )
    assert found == [text for text in texts if blank.match(text)]
