from django.db import migrations

# A statement may be long: one that began before a stamp's moment is stamped as well.
# The journal finds the history of a row by its key.
FORWARD = """
DROP TRIGGER user_stamped_when_made ON accounts_user;
CREATE TRIGGER user_stamped_when_made BEFORE INSERT ON accounts_user
  FOR EACH ROW WHEN (NEW.date_joined IS DISTINCT FROM statement_timestamp()
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('date_joined');
ALTER TABLE accounts_user
  ENABLE ALWAYS TRIGGER user_stamped_when_made;

CREATE TRIGGER user_keeps_its_key BEFORE UPDATE ON accounts_user
  FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION refuse_row('key_stays');
ALTER TABLE accounts_user
  ENABLE ALWAYS TRIGGER user_keeps_its_key;

CREATE TRIGGER organization_keeps_its_key BEFORE UPDATE ON accounts_organization
  FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION refuse_row('key_stays');
ALTER TABLE accounts_organization
  ENABLE ALWAYS TRIGGER organization_keeps_its_key;

CREATE TRIGGER membership_keeps_its_key BEFORE UPDATE ON accounts_membership
  FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION refuse_row('key_stays');
ALTER TABLE accounts_membership
  ENABLE ALWAYS TRIGGER membership_keeps_its_key;
"""

REVERSE = """
DROP TRIGGER membership_keeps_its_key ON accounts_membership;

DROP TRIGGER organization_keeps_its_key ON accounts_organization;

DROP TRIGGER user_keeps_its_key ON accounts_user;

DROP TRIGGER user_stamped_when_made ON accounts_user;
CREATE TRIGGER user_stamped_when_made BEFORE INSERT ON accounts_user
  FOR EACH ROW WHEN (NEW.date_joined IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('date_joined');
ALTER TABLE accounts_user
  ENABLE ALWAYS TRIGGER user_stamped_when_made;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_stamps_of_libraries"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
