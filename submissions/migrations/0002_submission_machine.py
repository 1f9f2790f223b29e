from django.db import migrations

FORWARD = """
CREATE TRIGGER submission_moves BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('approved', 'disqualified'),
    ('approved', 'pending'),
    ('approved', 'withdrawn'),
    ('pending', 'approved'),
    ('pending', 'rejected'),
    ('pending', 'withdrawn'),
    ('processing', 'pending'),
    ('processing', 'quarantined'),
    ('processing', 'received'),
    ('quarantined', 'received'),
    ('quarantined', 'rejected'),
    ('quarantined', 'withdrawn'),
    ('received', 'processing'),
    ('received', 'withdrawn'),
    ('rejected', 'pending'),
    ('reserved', 'expired'),
    ('reserved', 'received'),
    ('reserved', 'withdrawn')
  )) EXECUTE FUNCTION refuse_state('submission_moves');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_moves;
COMMENT ON TRIGGER submission_moves ON submissions_submission IS '859dde2bc672a2d9';
CREATE TRIGGER submission_starts BEFORE INSERT ON submissions_submission
  FOR EACH ROW WHEN (NEW.state <> 'reserved')
  EXECUTE FUNCTION refuse_state('submission_starts');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_starts;
COMMENT ON TRIGGER submission_starts ON submissions_submission IS '6c3a82032735f49f';
"""

REVERSE = """
DROP TRIGGER submission_moves ON submissions_submission;
DROP TRIGGER submission_starts ON submissions_submission;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial"), ("core", "0002_refusals")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
