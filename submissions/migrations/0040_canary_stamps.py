from django.db import migrations

# When a canary begins and gets through is what the health page goes by.
FORWARD = """
CREATE TRIGGER canary_stamped_when_new BEFORE INSERT ON submissions_canary
  FOR EACH ROW EXECUTE FUNCTION stamp('began_at', 'finished_at');
ALTER TABLE submissions_canary ENABLE ALWAYS TRIGGER canary_stamped_when_new;

CREATE TRIGGER canary_stamped_when_moved BEFORE UPDATE ON submissions_canary
  FOR EACH ROW WHEN ((OLD.began_at, OLD.finished_at)
    IS DISTINCT FROM (NEW.began_at, NEW.finished_at))
  EXECUTE FUNCTION stamp('began_at', 'finished_at');
ALTER TABLE submissions_canary ENABLE ALWAYS TRIGGER canary_stamped_when_moved;
"""

REVERSE = """
DROP TRIGGER canary_stamped_when_moved ON submissions_canary;
DROP TRIGGER canary_stamped_when_new ON submissions_canary;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0039_once_per_person_and_key"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
