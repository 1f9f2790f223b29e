from django.db import migrations

FORWARD = """
CREATE TRIGGER competition_audit
  AFTER INSERT OR UPDATE OR DELETE ON competitions_competition
  FOR EACH ROW EXECUTE FUNCTION audit('', 'brief,rules');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_audit;
CREATE TRIGGER category_audit
  AFTER INSERT OR UPDATE OR DELETE ON competitions_category
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE competitions_category ENABLE ALWAYS TRIGGER category_audit;
CREATE TRIGGER prize_audit
  AFTER INSERT OR UPDATE OR DELETE ON competitions_prize
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE competitions_prize ENABLE ALWAYS TRIGGER prize_audit;
"""

REVERSE = """
DROP TRIGGER competition_audit ON competitions_competition;
DROP TRIGGER category_audit ON competitions_category;
DROP TRIGGER prize_audit ON competitions_prize;
"""


class Migration(migrations.Migration):
    dependencies = [("competitions", "0003_competition_guards"), ("core", "0003_audit")]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
    ]
