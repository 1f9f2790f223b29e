from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER competition_invitation_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON roles_competitioninvitation
  FOR EACH ROW WHEN (NEW.name <> '' AND is_blank(NEW.name))
  EXECUTE FUNCTION text_can_be_seen('name?');
ALTER TABLE roles_competitioninvitation ENABLE ALWAYS TRIGGER competition_invitation_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER competition_invitation_texts_can_be_seen ON roles_competitioninvitation;
"""


class Migration(migrations.Migration):
    dependencies = [("roles", "0004_by_role"), ("core", "0017_texts_can_be_seen")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
