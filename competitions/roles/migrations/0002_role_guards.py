from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION has_staff_role(person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM accounts_membership
      WHERE user_id = person AND role IN ('organizer', 'moderator'))
    OR EXISTS (SELECT FROM roles_competitionrole
      WHERE user_id = person AND role IN ('organizer', 'moderator'));
$$;

CREATE TRIGGER competition_role_makes_staff
  AFTER INSERT OR UPDATE OR DELETE ON roles_competitionrole
  FOR EACH ROW EXECUTE FUNCTION role_makes_staff();
ALTER TABLE roles_competitionrole ENABLE ALWAYS TRIGGER competition_role_makes_staff;

CREATE TRIGGER competition_role_audit
  AFTER INSERT OR UPDATE OR DELETE ON roles_competitionrole
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE roles_competitionrole ENABLE ALWAYS TRIGGER competition_role_audit;

CREATE TRIGGER competition_invitation_guard
  BEFORE INSERT OR UPDATE ON roles_competitioninvitation
  FOR EACH ROW EXECUTE FUNCTION guard_invitation();
ALTER TABLE roles_competitioninvitation
  ENABLE ALWAYS TRIGGER competition_invitation_guard;

CREATE TRIGGER competition_invitation_audit
  AFTER INSERT OR UPDATE OR DELETE ON roles_competitioninvitation
  FOR EACH ROW EXECUTE FUNCTION audit('digest', '');
ALTER TABLE roles_competitioninvitation
  ENABLE ALWAYS TRIGGER competition_invitation_audit;
"""

REVERSE = """
DROP TRIGGER competition_invitation_audit ON roles_competitioninvitation;
DROP TRIGGER competition_invitation_guard ON roles_competitioninvitation;
DROP TRIGGER competition_role_audit ON roles_competitionrole;
DROP TRIGGER competition_role_makes_staff ON roles_competitionrole;
CREATE OR REPLACE FUNCTION has_staff_role(person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM accounts_membership
    WHERE user_id = person AND role IN ('organizer', 'moderator'));
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0001_initial"),
        ("accounts", "0010_staff_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
