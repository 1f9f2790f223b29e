from django.db import migrations, models

# A competition whose zone names no place is in UTC from now on, with a line in the
# journal; its moments stay, they are stored in UTC anyhow.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration competitions.0009', true),
  set_config('mycenas.reason', 'A competition is in the time zone of a place, or in UTC.', true);
-- It lets nothing change where the winners are announced.
ALTER TABLE competitions_competition DISABLE TRIGGER competition_guard;
UPDATE competitions_competition SET time_zone = 'UTC'
  WHERE time_zone = 'Factory'
    OR time_zone !~ '^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$';
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_guard;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [("competitions", "0008_stamps")]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="competition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "time_zone__regex",
                        "^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$",
                    ),
                    models.Q(("time_zone", "Factory"), _negated=True),
                ),
                name="competition_zone_of_a_place",
            ),
        ),
    ]
