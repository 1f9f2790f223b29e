from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
CREATE FUNCTION competition_invitation_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT holds_role(NEW.invited_by_id, NEW.competition_id, 'organizer') THEN
    PERFORM refuse('invitation_by_organizer', TG_TABLE_NAME,
      format('by %s', NEW.invited_by_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER competition_invitation_by_organizer
  BEFORE INSERT ON roles_competitioninvitation
  FOR EACH ROW EXECUTE FUNCTION competition_invitation_by_organizer();
ALTER TABLE roles_competitioninvitation
  ENABLE ALWAYS TRIGGER competition_invitation_by_organizer;

CREATE TRIGGER competition_invitation_renewed_by_organizer
  BEFORE UPDATE ON roles_competitioninvitation
  FOR EACH ROW WHEN ((OLD.digest, OLD.invited_by_id)
    IS DISTINCT FROM (NEW.digest, NEW.invited_by_id))
  EXECUTE FUNCTION competition_invitation_by_organizer();
ALTER TABLE roles_competitioninvitation
  ENABLE ALWAYS TRIGGER competition_invitation_renewed_by_organizer;

CREATE TRIGGER competition_dated_by_organizer BEFORE UPDATE ON competitions_competition
  FOR EACH ROW WHEN ((OLD.opens_at, OLD.closes_at)
      IS DISTINCT FROM (NEW.opens_at, NEW.closes_at)
    AND nullif(current_setting('mycenas.actor', true), '') IS NOT NULL)
  EXECUTE FUNCTION competition_moved_by_organizer();
ALTER TABLE competitions_competition
  ENABLE ALWAYS TRIGGER competition_dated_by_organizer;
"""

REVERSE = """
DROP TRIGGER competition_dated_by_organizer ON competitions_competition;
DROP TRIGGER competition_invitation_renewed_by_organizer ON roles_competitioninvitation;
DROP TRIGGER competition_invitation_by_organizer ON roles_competitioninvitation;
DROP FUNCTION competition_invitation_by_organizer();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0005_texts_can_be_seen"),
        ("competitions", "0018_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
