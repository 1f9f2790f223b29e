from django.db import migrations

FORWARD = r"""
-- Characters that cannot be seen, or none: BLANK of mycenas/core/db/bounds.py.
CREATE FUNCTION is_blank(words text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT words ~ (
    '^[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5'
    '\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164'
    '\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U000e0000-\U000e0fff]*$');
$$;

-- What is there stays until it is changed. A column whose name ends in “?” may be empty.
CREATE FUNCTION text_can_be_seen() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  place text;
  words text;
BEGIN
  FOREACH place IN ARRAY TG_ARGV LOOP
    words := to_jsonb(NEW) ->> rtrim(place, '?');
    IF is_blank(words) AND (words <> '' OR place NOT LIKE '%?')
       AND (TG_OP = 'INSERT' OR words IS DISTINCT FROM
         to_jsonb(OLD) ->> rtrim(place, '?')) THEN
      PERFORM refuse('text_can_be_seen', TG_TABLE_NAME, place);
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
"""

REVERSE = """
DROP FUNCTION text_can_be_seen();
DROP FUNCTION is_blank(text);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0016_web_addresses")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
