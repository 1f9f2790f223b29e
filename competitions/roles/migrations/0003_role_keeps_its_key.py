from django.db import migrations

# The journal finds the history of a row by its key.
FORWARD = """
CREATE TRIGGER competition_role_keeps_its_key BEFORE UPDATE ON roles_competitionrole
  FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION refuse_row('key_stays');
ALTER TABLE roles_competitionrole
  ENABLE ALWAYS TRIGGER competition_role_keeps_its_key;
"""

REVERSE = """
DROP TRIGGER competition_role_keeps_its_key ON roles_competitionrole;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0002_role_guards"),
        ("core", "0002_refusals"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
