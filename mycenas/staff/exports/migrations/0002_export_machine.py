from django.db import migrations

FORWARD = """
CREATE TRIGGER export_moves BEFORE UPDATE ON exports_export
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('done', 'expired'),
    ('queued', 'running'),
    ('running', 'done'),
    ('running', 'failed'),
    ('running', 'queued')
  )) EXECUTE FUNCTION refuse_state('export_moves');
ALTER TABLE exports_export ENABLE ALWAYS TRIGGER export_moves;
COMMENT ON TRIGGER export_moves ON exports_export IS 'ad5e9024cc8a6f62';
CREATE TRIGGER export_starts BEFORE INSERT ON exports_export
  FOR EACH ROW WHEN (NEW.state <> 'queued')
  EXECUTE FUNCTION refuse_state('export_starts');
ALTER TABLE exports_export ENABLE ALWAYS TRIGGER export_starts;
COMMENT ON TRIGGER export_starts ON exports_export IS 'dff79027c6061ae4';
"""

REVERSE = """
DROP TRIGGER export_moves ON exports_export;
DROP TRIGGER export_starts ON exports_export;
"""


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_initial"), ("core", "0002_refusals")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
