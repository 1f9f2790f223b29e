from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER hold_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON competitions_hold
  FOR EACH ROW WHEN (NEW.name <> '' AND is_blank(NEW.name))
  EXECUTE FUNCTION text_can_be_seen('name?');
ALTER TABLE competitions_hold ENABLE ALWAYS TRIGGER hold_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER hold_texts_can_be_seen ON competitions_hold;
"""


class Migration(migrations.Migration):
    dependencies = [("holds", "0002_hold_guards"), ("core", "0017_texts_can_be_seen")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
