from django.db import migrations

FORWARD = """
CREATE TRIGGER user_audit
  AFTER INSERT OR UPDATE OR DELETE ON accounts_user
  FOR EACH ROW EXECUTE FUNCTION audit('password,last_login', '');
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_audit;
CREATE TRIGGER organization_audit
  AFTER INSERT OR UPDATE OR DELETE ON accounts_organization
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE accounts_organization ENABLE ALWAYS TRIGGER organization_audit;
CREATE TRIGGER membership_audit
  AFTER INSERT OR UPDATE OR DELETE ON accounts_membership
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE accounts_membership ENABLE ALWAYS TRIGGER membership_audit;
"""

REVERSE = """
DROP TRIGGER user_audit ON accounts_user;
DROP TRIGGER organization_audit ON accounts_organization;
DROP TRIGGER membership_audit ON accounts_membership;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("core", "0003_audit")]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
    ]
