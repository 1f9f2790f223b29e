from django.db import migrations

FORWARD = """
CREATE TRIGGER competition_moves BEFORE UPDATE ON competitions_competition
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('closed', 'winner_announced'),
    ('draft', 'open'),
    ('moderation', 'closed'),
    ('open', 'moderation')
  )) EXECUTE FUNCTION refuse_state('competition_moves');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_moves;
COMMENT ON TRIGGER competition_moves ON competitions_competition IS 'abf3862715eaecd2';
CREATE TRIGGER competition_starts BEFORE INSERT ON competitions_competition
  FOR EACH ROW WHEN (NEW.state <> 'draft')
  EXECUTE FUNCTION refuse_state('competition_starts');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_starts;
COMMENT ON TRIGGER competition_starts ON competitions_competition IS '5e4352df46e75baa';
"""

REVERSE = """
DROP TRIGGER competition_moves ON competitions_competition;
DROP TRIGGER competition_starts ON competitions_competition;
"""


class Migration(migrations.Migration):
    dependencies = [("competitions", "0001_initial"), ("core", "0002_refusals")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
