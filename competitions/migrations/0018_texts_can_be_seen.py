from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER competition_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON competitions_competition
  FOR EACH ROW WHEN (is_blank(NEW.title)
    OR NEW.deadline_reason <> '' AND is_blank(NEW.deadline_reason)
    OR NEW.cancel_reason <> '' AND is_blank(NEW.cancel_reason))
  EXECUTE FUNCTION text_can_be_seen('title', 'deadline_reason?', 'cancel_reason?');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_texts_can_be_seen;

CREATE TRIGGER category_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON competitions_category
  FOR EACH ROW WHEN (is_blank(NEW.name))
  EXECUTE FUNCTION text_can_be_seen('name');
ALTER TABLE competitions_category ENABLE ALWAYS TRIGGER category_texts_can_be_seen;

CREATE TRIGGER prize_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON competitions_prize
  FOR EACH ROW WHEN (is_blank(NEW.name))
  EXECUTE FUNCTION text_can_be_seen('name');
ALTER TABLE competitions_prize ENABLE ALWAYS TRIGGER prize_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER prize_texts_can_be_seen ON competitions_prize;
DROP TRIGGER category_texts_can_be_seen ON competitions_category;
DROP TRIGGER competition_texts_can_be_seen ON competitions_competition;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("competitions", "0017_stamps_and_keys"),
        ("core", "0017_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
