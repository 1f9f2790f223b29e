from django.db import migrations, models

# No page could name what has no slug, or one with other characters. It gets one of its
# own, with a line in the journal; an address that worked stays.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration competitions.0010', true),
  set_config('mycenas.reason', 'A slug has letters, digits, hyphens and underscores.', true);
-- They let nothing change where the winners are announced.
ALTER TABLE competitions_competition DISABLE TRIGGER competition_guard;
ALTER TABLE competitions_category DISABLE TRIGGER category_in_running_competition;
UPDATE competitions_competition SET slug = 'competition-' || id
  WHERE slug !~ '^[-a-zA-Z0-9_]+$';
UPDATE competitions_category SET slug = 'category-' || id
  WHERE slug !~ '^[-a-zA-Z0-9_]+$';
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_guard;
ALTER TABLE competitions_category ENABLE ALWAYS TRIGGER category_in_running_competition;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [("competitions", "0009_zones")]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(("slug__regex", "^[-a-zA-Z0-9_]+$")),
                name="competition_slug_in_addresses",
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.CheckConstraint(
                condition=models.Q(("slug__regex", "^[-a-zA-Z0-9_]+$")),
                name="category_slug_in_addresses",
            ),
        ),
    ]
