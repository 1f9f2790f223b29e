from django.db import migrations

# For entries that replace nothing both bodies are the same.
BODY = """
CREATE OR REPLACE FUNCTION submission_arrives() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  contest competitions_competition%%ROWTYPE;
  made integer;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  NEW.arrived_at := clock_timestamp();%(permit)s
  PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);
  PERFORM pg_advisory_xact_lock(hashtextextended(
    format('%%s/%%s', NEW.competition_id, NEW.participant_id), 7301));
  SELECT * INTO contest FROM competitions_competition WHERE id = NEW.competition_id;
  -- Arrival decides: a ticket that waited while the deadline's job ran is in.
  IF NOT FOUND OR contest.cancelled_at IS NOT NULL
     OR contest.state NOT IN ('open', 'moderation')
     OR NEW.arrived_at < contest.opens_at OR NEW.arrived_at > contest.closes_at%(late)s THEN
    PERFORM refuse('submission_competition_takes_entries', TG_TABLE_NAME,
      format('arrived at %%s', NEW.arrived_at));
  END IF;
  SELECT count(*) INTO made FROM submissions_submission%(name)s
    WHERE competition_id = NEW.competition_id
      AND participant_id = NEW.participant_id
      AND state NOT IN ('withdrawn', 'expired')%(place)s;
  IF made >= contest.max_entries%(beyond)s THEN
    PERFORM refuse('submission_within_limit', TG_TABLE_NAME, format('%%s made', made));
  END IF;
  NEW.upload_until := NEW.arrived_at + CASE
    WHEN NEW.declared_size IS NOT NULL AND NEW.declared_sha256 IS NOT NULL
    THEN GREATEST(contest.upload_window, contest.declared_upload_window)
    ELSE contest.upload_window END;
  RETURN NEW;
END $$;
"""
WITH_PERMITS = {
    "permit": """
  IF NEW.replaces_id IS NOT NULL THEN
    -- Holds off a decision and the permit's end, which would not see this arrival.
    -- Rows come before advisory locks, as in decisions.
    PERFORM FROM submissions_submission AS replaced WHERE id = NEW.replaces_id
      AND competition_id = NEW.competition_id AND participant_id = NEW.participant_id
      AND state = 'pending' FOR SHARE OF replaced;
    IF FOUND THEN
      PERFORM FROM permits_permit AS permit WHERE submission_id = NEW.replaces_id
        AND state = 'open' AND expires_at >= NEW.arrived_at FOR SHARE OF permit;
    END IF;
    IF NOT FOUND THEN
      PERFORM refuse('submission_replaces_by_permit', TG_TABLE_NAME,
        format('arrived at %s', NEW.arrived_at));
    END IF;
  END IF;""",
    "late": """
       AND NEW.replaces_id IS NULL""",
    "name": " AS entry",
    # A changed version and the entry that it replaces take one place.
    "place": """
      AND NOT (state = 'reserved' AND replaces_id IS NOT NULL AND EXISTS (
        SELECT FROM submissions_submission AS replaced
        WHERE replaced.id = entry.replaces_id
          AND replaced.state NOT IN ('withdrawn', 'expired')))""",
    "beyond": " AND NEW.replaces_id IS NULL",
}
WITHOUT_PERMITS = dict.fromkeys(WITH_PERMITS, "")


class Migration(migrations.Migration):
    dependencies = [
        ("permits", "0002_permit_guards"),
        ("submissions", "0027_replacements"),
    ]

    operations = [
        migrations.RunSQL(BODY % WITH_PERMITS, BODY % WITHOUT_PERMITS),
    ]
