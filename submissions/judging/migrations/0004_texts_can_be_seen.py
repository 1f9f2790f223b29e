from django.db import migrations

# What is there stays until it is changed.
FORWARD = """
CREATE TRIGGER round_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON judging_round
  FOR EACH ROW WHEN (NEW.name <> '' AND is_blank(NEW.name)
    OR NEW.close_reason <> '' AND is_blank(NEW.close_reason)
    OR NEW.cancel_reason <> '' AND is_blank(NEW.cancel_reason))
  EXECUTE FUNCTION text_can_be_seen('name?', 'close_reason?', 'cancel_reason?');
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_texts_can_be_seen;

CREATE TRIGGER criterion_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON judging_criterion
  FOR EACH ROW WHEN (NEW.name <> '' AND is_blank(NEW.name))
  EXECUTE FUNCTION text_can_be_seen('name?');
ALTER TABLE judging_criterion ENABLE ALWAYS TRIGGER criterion_texts_can_be_seen;

CREATE TRIGGER conflict_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON judging_conflict
  FOR EACH ROW WHEN (NEW.reason <> '' AND is_blank(NEW.reason))
  EXECUTE FUNCTION text_can_be_seen('reason?');
ALTER TABLE judging_conflict ENABLE ALWAYS TRIGGER conflict_texts_can_be_seen;

CREATE TRIGGER assignment_texts_can_be_seen BEFORE INSERT OR UPDATE
  ON judging_assignment
  FOR EACH ROW WHEN (NEW.reason <> '' AND is_blank(NEW.reason))
  EXECUTE FUNCTION text_can_be_seen('reason?');
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_texts_can_be_seen;
"""

REVERSE = """
DROP TRIGGER assignment_texts_can_be_seen ON judging_assignment;
DROP TRIGGER conflict_texts_can_be_seen ON judging_conflict;
DROP TRIGGER criterion_texts_can_be_seen ON judging_criterion;
DROP TRIGGER round_texts_can_be_seen ON judging_round;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("judging", "0003_juror_tag"),
        ("core", "0017_texts_can_be_seen"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
