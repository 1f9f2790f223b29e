from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER user_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON accounts_user
  FOR EACH ROW WHEN (NEW.name <> '' AND is_blank(NEW.name))
  EXECUTE FUNCTION text_can_be_seen('name?');
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_texts_can_be_seen;

CREATE TRIGGER organization_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON accounts_organization
  FOR EACH ROW WHEN (is_blank(NEW.name))
  EXECUTE FUNCTION text_can_be_seen('name');
ALTER TABLE accounts_organization ENABLE ALWAYS TRIGGER organization_texts_can_be_seen;

CREATE TRIGGER invitation_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON accounts_invitation
  FOR EACH ROW WHEN (NEW.name <> '' AND is_blank(NEW.name))
  EXECUTE FUNCTION text_can_be_seen('name?');
ALTER TABLE accounts_invitation ENABLE ALWAYS TRIGGER invitation_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER invitation_texts_can_be_seen ON accounts_invitation;
DROP TRIGGER organization_texts_can_be_seen ON accounts_organization;
DROP TRIGGER user_texts_can_be_seen ON accounts_user;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_admin_log_can_be_shown"),
        ("core", "0017_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
