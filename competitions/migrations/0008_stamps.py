from django.db import migrations

# Rows that are there already keep their moments.
FORWARD = """
CREATE TRIGGER competition_stamped_when_made BEFORE INSERT ON competitions_competition
  FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM statement_timestamp()
    OR NEW.cancelled_at IS NOT NULL)
  EXECUTE FUNCTION stamp('created_at', 'cancelled_at');
ALTER TABLE competitions_competition
  ENABLE ALWAYS TRIGGER competition_stamped_when_made;

CREATE TRIGGER competition_creation_stays BEFORE UPDATE ON competitions_competition
  FOR EACH ROW WHEN (OLD.created_at IS DISTINCT FROM NEW.created_at)
  EXECUTE FUNCTION refuse_row('competition_facts_stay');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_creation_stays;
"""

REVERSE = """
DROP TRIGGER competition_creation_stays ON competitions_competition;
DROP TRIGGER competition_stamped_when_made ON competitions_competition;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("competitions", "0007_slugs_swap"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
