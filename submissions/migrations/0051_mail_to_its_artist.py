from django.db import migrations

# Mails that are there stay as they are.
FORWARD = """
CREATE FUNCTION mail_to_its_artist() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  found record;
BEGIN
  SELECT entry.received_at, competition.state, competition.cancelled_at,
    person.email = NEW."to" OR EXISTS (SELECT FROM account_emailaddress
      WHERE user_id = person.id AND email = NEW."to") AS is_own
  INTO found FROM submissions_submission AS entry
    JOIN competitions_competition AS competition ON competition.id = entry.competition_id
    JOIN accounts_user AS person ON person.id = entry.participant_id
  WHERE entry.id = NEW.about;
  IF found.is_own IS NOT TRUE THEN
    PERFORM refuse('mail_to_its_artist', TG_TABLE_NAME, format('about %s', NEW.about));
  ELSIF NEW.template = 'submissions/received' AND found.received_at IS NULL
      OR NEW.template = 'submissions/announced' AND found.state <> 'winner_announced'
      OR NEW.template = 'submissions/cancelled' AND found.cancelled_at IS NULL THEN
    PERFORM refuse('mail_of_what_happened', TG_TABLE_NAME, NEW.template);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER mail_to_its_artist BEFORE INSERT ON core_mail
  FOR EACH ROW WHEN (NEW.about IS NOT NULL)
  EXECUTE FUNCTION mail_to_its_artist();
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_to_its_artist;

-- Its words may come when the artist has another address.
CREATE TRIGGER mail_still_to_its_artist BEFORE UPDATE OF template ON core_mail
  FOR EACH ROW WHEN (NEW.about IS NOT NULL AND NEW.template <> ''
    AND NEW.template <> OLD.template)
  EXECUTE FUNCTION mail_to_its_artist();
ALTER TABLE core_mail ENABLE ALWAYS TRIGGER mail_still_to_its_artist;
"""

REVERSE = """
DROP TRIGGER mail_still_to_its_artist ON core_mail;
DROP TRIGGER mail_to_its_artist ON core_mail;
DROP FUNCTION mail_to_its_artist();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0050_named_by_its_person"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
