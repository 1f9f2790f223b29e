from django.db import migrations, models

HELP = "1 comes first; one without a number comes last."
# Several rows of a competition had the same position; then the older one came first.
RENUMBER = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migration competitions.0011', true),
  set_config('mycenas.reason', 'Each position is taken once; the order stays.', true);
-- They let nothing change where the winners are announced.
ALTER TABLE competitions_category DISABLE TRIGGER category_in_running_competition;
ALTER TABLE competitions_prize DISABLE TRIGGER prize_in_running_competition;
UPDATE competitions_category AS part SET position = place FROM (
  SELECT id, row_number() OVER (PARTITION BY competition_id ORDER BY position, id)
    AS place FROM competitions_category) AS ordered
  WHERE part.id = ordered.id AND part.position <> place;
UPDATE competitions_prize AS part SET position = place FROM (
  SELECT id, row_number() OVER (PARTITION BY competition_id ORDER BY position, id)
    AS place FROM competitions_prize) AS ordered
  WHERE part.id = ordered.id AND part.position <> place;
ALTER TABLE competitions_category ENABLE ALWAYS TRIGGER category_in_running_competition;
ALTER TABLE competitions_prize ENABLE ALWAYS TRIGGER prize_in_running_competition;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""
FORWARD = """
CREATE FUNCTION part_goes_last() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('SELECT coalesce(max(position), 0) + 1 FROM %I'
    ' WHERE competition_id = $1', TG_TABLE_NAME)
    INTO NEW.position USING NEW.competition_id;
  RETURN NEW;
END $$;

CREATE TRIGGER category_goes_last BEFORE INSERT ON competitions_category
  FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION part_goes_last();
ALTER TABLE competitions_category ENABLE ALWAYS TRIGGER category_goes_last;

CREATE TRIGGER prize_goes_last BEFORE INSERT ON competitions_prize
  FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION part_goes_last();
ALTER TABLE competitions_prize ENABLE ALWAYS TRIGGER prize_goes_last;
"""
REVERSE = """
DROP TRIGGER prize_goes_last ON competitions_prize;
DROP TRIGGER category_goes_last ON competitions_category;
DROP FUNCTION part_goes_last();
"""


class Migration(migrations.Migration):
    dependencies = [("competitions", "0010_slugs")]

    operations = [
        migrations.RunSQL(RENUMBER, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="category",
            name="position",
            field=models.PositiveSmallIntegerField(
                help_text=HELP, verbose_name="position"
            ),
        ),
        migrations.AlterField(
            model_name="prize",
            name="position",
            field=models.PositiveSmallIntegerField(
                help_text=HELP, verbose_name="position"
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(
                deferrable=models.Deferrable.IMMEDIATE,
                fields=("competition", "position"),
                name="category_position_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="prize",
            constraint=models.UniqueConstraint(
                deferrable=models.Deferrable.IMMEDIATE,
                fields=("competition", "position"),
                name="prize_position_once",
            ),
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
