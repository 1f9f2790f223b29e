from django.db import migrations

FORWARD = """
CREATE FUNCTION competition_hold() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  -- After competition_guard, which waits for rounds that are being made.
  IF EXISTS (SELECT FROM competitions_hold WHERE competition_id = OLD.id) THEN
    PERFORM refuse('competition_hold', TG_TABLE_NAME, 'a hold stands');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER competition_hold BEFORE UPDATE ON competitions_competition
  FOR EACH ROW WHEN (OLD.state = 'closed' AND NEW.state = 'winner_announced')
  EXECUTE FUNCTION competition_hold();
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_hold;

CREATE TRIGGER hold_stamped BEFORE INSERT ON competitions_hold
  FOR EACH ROW EXECUTE FUNCTION stamp('placed_at');
ALTER TABLE competitions_hold ENABLE ALWAYS TRIGGER hold_stamped;

CREATE TRIGGER hold_audit
  AFTER INSERT OR UPDATE OR DELETE ON competitions_hold
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE competitions_hold ENABLE ALWAYS TRIGGER hold_audit;
"""

REVERSE = """
DROP TRIGGER hold_audit ON competitions_hold;
DROP TRIGGER hold_stamped ON competitions_hold;
DROP TRIGGER competition_hold ON competitions_competition;
DROP FUNCTION competition_hold();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("holds", "0001_initial"),
        ("competitions", "0017_stamps_and_keys"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
