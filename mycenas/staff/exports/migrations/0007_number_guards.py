from django.db import migrations

FORWARD = """
CREATE FUNCTION guard_export_number() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM exports_export WHERE id = NEW.export_id AND state = 'running'
  ) THEN
    PERFORM refuse('export_number_drawn', TG_TABLE_NAME,
      format('export %s', NEW.export_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER export_number_drawn BEFORE INSERT ON exports_exportnumber
  FOR EACH ROW EXECUTE FUNCTION guard_export_number();
ALTER TABLE exports_exportnumber ENABLE ALWAYS TRIGGER export_number_drawn;

CREATE TRIGGER export_number_stays BEFORE UPDATE OR DELETE ON exports_exportnumber
  FOR EACH ROW EXECUTE FUNCTION refuse_row('export_number_drawn');
ALTER TABLE exports_exportnumber ENABLE ALWAYS TRIGGER export_number_stays;
"""

REVERSE = """
DROP TRIGGER export_number_stays ON exports_exportnumber;
DROP TRIGGER export_number_drawn ON exports_exportnumber;
DROP FUNCTION guard_export_number();
"""


class Migration(migrations.Migration):
    dependencies = [("exports", "0006_numbers")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
