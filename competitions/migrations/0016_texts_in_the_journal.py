from django.db import migrations

# The brief and the rules bind organizers and artists, and may be edited while entries
# come in: the journal keeps both versions, and not just their digests.
FORWARD = """
DROP TRIGGER competition_audit ON competitions_competition;
CREATE TRIGGER competition_audit
  AFTER INSERT OR UPDATE OR DELETE ON competitions_competition
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_audit;
"""

REVERSE = """
DROP TRIGGER competition_audit ON competitions_competition;
CREATE TRIGGER competition_audit
  AFTER INSERT OR UPDATE OR DELETE ON competitions_competition
  FOR EACH ROW EXECUTE FUNCTION audit('', 'brief,rules');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_audit;
"""


class Migration(migrations.Migration):
    dependencies = [("competitions", "0015_slugs_in_any_case")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
