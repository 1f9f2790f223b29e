from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER permit_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON permits_permit
  FOR EACH ROW WHEN (NEW.reason <> '' AND is_blank(NEW.reason))
  EXECUTE FUNCTION text_can_be_seen('reason?');
ALTER TABLE permits_permit ENABLE ALWAYS TRIGGER permit_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER permit_texts_can_be_seen ON permits_permit;
"""


class Migration(migrations.Migration):
    dependencies = [("permits", "0004_by_role"), ("core", "0017_texts_can_be_seen")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
