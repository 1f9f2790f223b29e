from django.db import migrations

# The table is new, so no row is there yet.
FORWARD = """
CREATE FUNCTION unblinding_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);
  IF actor <> NEW.user_id THEN
    PERFORM refuse('unblinding_for_oneself', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF NOT EXISTS (SELECT FROM competitions_competition
      WHERE id = NEW.competition_id AND blind
      AND state NOT IN ('draft', 'winner_announced')) THEN
    PERFORM refuse('unblinding_while_blind', TG_TABLE_NAME, 'names are not hidden');
  END IF;
  IF NOT EXISTS (SELECT FROM accounts_user WHERE id = NEW.user_id AND is_superuser)
     AND NOT EXISTS (SELECT FROM roles_competitionrole WHERE user_id = NEW.user_id
       AND role = 'organizer' AND competition_id = NEW.competition_id)
     AND NOT EXISTS (SELECT FROM accounts_membership AS member
       JOIN competitions_competition AS competition USING (organization_id)
       WHERE competition.id = NEW.competition_id AND member.user_id = NEW.user_id
       AND member.role = 'organizer') THEN
    PERFORM refuse('unblinding_by_organizer', TG_TABLE_NAME, 'no organizer');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER unblinding_guard BEFORE INSERT ON blind_unblinding
  FOR EACH ROW EXECUTE FUNCTION unblinding_guard();
ALTER TABLE blind_unblinding ENABLE ALWAYS TRIGGER unblinding_guard;

CREATE TRIGGER unblinding_stamped BEFORE INSERT ON blind_unblinding
  FOR EACH ROW WHEN (NEW.at IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('at');
ALTER TABLE blind_unblinding ENABLE ALWAYS TRIGGER unblinding_stamped;

CREATE TRIGGER unblinding_stays BEFORE UPDATE OR DELETE ON blind_unblinding
  FOR EACH ROW EXECUTE FUNCTION refuse_row('unblinding_stays');
ALTER TABLE blind_unblinding ENABLE ALWAYS TRIGGER unblinding_stays;

CREATE TRIGGER unblinding_audit
  AFTER INSERT OR UPDATE OR DELETE ON blind_unblinding
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE blind_unblinding ENABLE ALWAYS TRIGGER unblinding_audit;
"""

REVERSE = """
DROP TRIGGER unblinding_audit ON blind_unblinding;
DROP TRIGGER unblinding_stays ON blind_unblinding;
DROP TRIGGER unblinding_stamped ON blind_unblinding;
DROP TRIGGER unblinding_guard ON blind_unblinding;
DROP FUNCTION unblinding_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("blind", "0001_initial"),
        ("competitions", "0012_blind"),
        ("core", "0005_stamps"),
        ("roles", "0002_role_guards"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
