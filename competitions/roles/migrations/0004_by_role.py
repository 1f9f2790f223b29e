from django.db import migrations

# These judge changes only: rows that are there stay as they are.
FORWARD = """
-- As competitions/access.py has it: the role may be of the organization.
CREATE FUNCTION holds_role(person bigint, contest bigint, VARIADIC roles text[])
RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM accounts_user
    WHERE id = person AND is_active AND (is_superuser
      OR EXISTS (SELECT FROM roles_competitionrole
        WHERE user_id = person AND competition_id = contest AND role = ANY (roles))
      OR EXISTS (SELECT FROM accounts_membership AS member
        JOIN competitions_competition AS competition USING (organization_id)
        WHERE competition.id = contest AND member.user_id = person
          AND member.role = ANY (roles))));
$$;

CREATE TRIGGER competition_role_stays_with_its_person
  BEFORE UPDATE ON roles_competitionrole
  FOR EACH ROW WHEN ((OLD.user_id, OLD.competition_id)
    IS DISTINCT FROM (NEW.user_id, NEW.competition_id))
  EXECUTE FUNCTION refuse_row('role_stays_with_its_person');
ALTER TABLE roles_competitionrole
  ENABLE ALWAYS TRIGGER competition_role_stays_with_its_person;

CREATE FUNCTION competition_moved_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  -- Without an actor the site keeps its deadlines, or its operator acts.
  IF NOT holds_role(actor, OLD.id, 'organizer') THEN
    PERFORM refuse('competition_moved_by_organizer', TG_TABLE_NAME,
      format('by %s', actor));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER competition_moved_by_organizer BEFORE UPDATE ON competitions_competition
  FOR EACH ROW WHEN ((OLD.state <> NEW.state
      OR OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at)
    AND nullif(current_setting('mycenas.actor', true), '') IS NOT NULL)
  EXECUTE FUNCTION competition_moved_by_organizer();
ALTER TABLE competitions_competition
  ENABLE ALWAYS TRIGGER competition_moved_by_organizer;
"""

REVERSE = """
DROP TRIGGER competition_moved_by_organizer ON competitions_competition;
DROP FUNCTION competition_moved_by_organizer();
DROP TRIGGER competition_role_stays_with_its_person ON roles_competitionrole;
DROP FUNCTION holds_role(bigint, bigint, VARIADIC text[]);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0003_role_keeps_its_key"),
        ("accounts", "0014_trigrams_of_people"),
        ("competitions", "0017_stamps_and_keys"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
