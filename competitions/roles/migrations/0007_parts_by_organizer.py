from django.db import migrations

# These judge changes only. Without an actor the site's operator acts.
FORWARD = """
CREATE FUNCTION part_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  contest bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.competition_id
    ELSE NEW.competition_id END;
BEGIN
  IF NOT holds_role(actor, contest, 'organizer') THEN
    PERFORM refuse('competition_part_by_organizer', TG_TABLE_NAME,
      format('by %s', actor));
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER prize_by_organizer BEFORE INSERT OR UPDATE OR DELETE
  ON competitions_prize FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '') IS NOT NULL)
  EXECUTE FUNCTION part_by_organizer();
ALTER TABLE competitions_prize ENABLE ALWAYS TRIGGER prize_by_organizer;

CREATE TRIGGER category_by_organizer BEFORE INSERT OR UPDATE OR DELETE
  ON competitions_category FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '') IS NOT NULL)
  EXECUTE FUNCTION part_by_organizer();
ALTER TABLE competitions_category ENABLE ALWAYS TRIGGER category_by_organizer;
"""

REVERSE = """
DROP TRIGGER category_by_organizer ON competitions_category;
DROP TRIGGER prize_by_organizer ON competitions_prize;
DROP FUNCTION part_by_organizer();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0006_dates_and_invitations"),
        ("competitions", "0018_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
