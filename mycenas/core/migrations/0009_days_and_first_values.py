from django.db import migrations

FORWARD = """
-- Sets the named column to today in UTC, by the database clock.
CREATE FUNCTION stamp_day() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RETURN jsonb_populate_record(NEW, jsonb_build_object(
    TG_ARGV[0], (clock_timestamp() AT TIME ZONE 'UTC')::date));
END $$;

-- Gives the named column its former value again.
CREATE FUNCTION keep_value() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RETURN jsonb_populate_record(
    NEW, jsonb_build_object(TG_ARGV[0], to_jsonb(OLD) -> TG_ARGV[0]));
END $$;
"""

REVERSE = """
DROP FUNCTION keep_value();
DROP FUNCTION stamp_day();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_receipt_key_content_type"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
