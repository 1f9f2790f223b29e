from django.db import migrations

# Rows that are there already keep their days and numbers.
FORWARD = """
CREATE TRIGGER view_on_its_day BEFORE INSERT ON interactions_view
  FOR EACH ROW WHEN (NEW.viewed_on IS DISTINCT FROM (statement_timestamp() AT TIME ZONE 'UTC')::date)
  EXECUTE FUNCTION stamp_day('viewed_on');
ALTER TABLE interactions_view ENABLE ALWAYS TRIGGER view_on_its_day;

CREATE TRIGGER view_counts_from_none BEFORE INSERT ON interactions_view
  FOR EACH ROW WHEN (NEW.repeats <> 0)
  EXECUTE FUNCTION refuse_row('counted_one_by_one');
ALTER TABLE interactions_view ENABLE ALWAYS TRIGGER view_counts_from_none;

CREATE TRIGGER view_counts_one_by_one BEFORE UPDATE ON interactions_view
  FOR EACH ROW WHEN (NEW.repeats NOT IN (OLD.repeats, least(OLD.repeats, 1999999999) + 1))
  EXECUTE FUNCTION refuse_row('counted_one_by_one');
ALTER TABLE interactions_view ENABLE ALWAYS TRIGGER view_counts_one_by_one;
"""

REVERSE = """
DROP TRIGGER view_counts_one_by_one ON interactions_view;
DROP TRIGGER view_counts_from_none ON interactions_view;
DROP TRIGGER view_on_its_day ON interactions_view;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0005_counted_now"),
        ("core", "0009_days_and_first_values"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
