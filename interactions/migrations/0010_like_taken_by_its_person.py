from django.db import migrations

# A superuser who deletes an account deletes its likes as well.
FORWARD = """
CREATE FUNCTION like_taken_by_its_person() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT superuser_acts() THEN
    PERFORM refuse('like_by_its_person', TG_TABLE_NAME, format('of %s', OLD.user_id));
  END IF;
  RETURN OLD;
END $$;

CREATE TRIGGER like_taken_by_its_person BEFORE DELETE ON interactions_like
  FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '')::bigint <> OLD.user_id)
  EXECUTE FUNCTION like_taken_by_its_person();
ALTER TABLE interactions_like ENABLE ALWAYS TRIGGER like_taken_by_its_person;
"""

REVERSE = """
DROP TRIGGER like_taken_by_its_person ON interactions_like;
DROP FUNCTION like_taken_by_its_person();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0009_like_by_its_person"),
        ("accounts", "0020_people_by_themselves"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
