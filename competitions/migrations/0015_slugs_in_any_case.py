from itertools import count

from django.db import migrations, models
from django.db.models.functions import Lower

# Of two addresses that differ in case the older one stays; the other gets a number,
# with a line in the journal.
NOTE = """
SELECT set_config('mycenas.actor', '', true), set_config('mycenas.source', %s, true),
  set_config('mycenas.reason', %s, true)
"""
SOURCE = "migrate competitions.0015_slugs_in_any_case"
REASON = "Two slugs differ by more than the case of their letters."
COMPETITIONS = "SELECT id, slug, 0 FROM competitions_competition ORDER BY id"
CATEGORIES = "SELECT id, slug, competition_id FROM competitions_category ORDER BY id"
# They let nothing change where the winners are announced.
GUARDS = {
    "competitions_competition": "competition_guard",
    "competitions_category": "category_in_running_competition",
}
LONGEST = {"competitions_competition": 80, "competitions_category": 50}

# Two categories may swap their slugs in one save, so this is no index alone.
FORWARD = """
ALTER TABLE competitions_category ADD CONSTRAINT category_slug_once_in_any_case
  EXCLUDE USING btree (competition_id WITH =, lower(slug) WITH =)
  DEFERRABLE INITIALLY IMMEDIATE;
"""
REVERSE = """
ALTER TABLE competitions_category DROP CONSTRAINT category_slug_once_in_any_case;
"""


def renamed(rows, longest):
    """Yield the key and the new slug of rows whose slug an older one has."""
    taken = {(parent, slug.lower()) for _pk, slug, parent in rows}
    seen = set()
    for pk, slug, parent in rows:
        if (parent, slug.lower()) in seen:
            numbered = (f"{slug[: longest - 5]}-{number}" for number in count(2))
            slug = next(one for one in numbered if (parent, one.lower()) not in taken)
            taken.add((parent, slug.lower()))
            yield pk, slug
        seen.add((parent, slug.lower()))


def repair(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(NOTE, [SOURCE, REASON])
        for query, table in (
            (COMPETITIONS, "competitions_competition"),
            (CATEGORIES, "competitions_category"),
        ):
            cursor.execute(query)
            found = list(renamed(cursor.fetchall(), LONGEST[table]))
            if not found:
                continue
            guard = GUARDS[table]
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {guard}")
            for pk, slug in found:
                cursor.execute(
                    f"UPDATE {table} SET slug = %s WHERE id = %s",  # noqa: S608  ours
                    [slug, pk],
                )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}")
        cursor.execute(NOTE, ["", ""])


class Migration(migrations.Migration):
    dependencies = [("competitions", "0014_cover")]

    operations = [
        migrations.RunPython(repair, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.UniqueConstraint(
                Lower("slug"), name="competition_slug_once_in_any_case"
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
