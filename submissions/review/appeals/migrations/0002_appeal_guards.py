from django.db import migrations

FORWARD = """
CREATE TRIGGER appeal_moves BEFORE UPDATE ON appeals_appeal
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('open', 'dismissed'),
    ('open', 'upheld')
  )) EXECUTE FUNCTION refuse_state('appeal_moves');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_moves;
COMMENT ON TRIGGER appeal_moves ON appeals_appeal IS 'a2a9816aae5ed4ad';
CREATE TRIGGER appeal_starts BEFORE INSERT ON appeals_appeal
  FOR EACH ROW WHEN (NEW.state <> 'open')
  EXECUTE FUNCTION refuse_state('appeal_starts');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_starts;
COMMENT ON TRIGGER appeal_starts ON appeals_appeal IS 'f49a70a97e635a68';
"""

REVERSE = """
DROP TRIGGER appeal_moves ON appeals_appeal;
DROP TRIGGER appeal_starts ON appeals_appeal;
"""

GUARDS = """
CREATE FUNCTION appeal_made() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  which bigint;
  entry submissions_submission%ROWTYPE;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  SELECT competition_id INTO which FROM submissions_submission
    WHERE id = NEW.submission_id;
  -- Holds off a close, which would not see this appeal.
  PERFORM pg_advisory_xact_lock_shared(7301, which::int);
  -- Holds off a reopening, which would not see this appeal.
  SELECT * INTO entry FROM submissions_submission WHERE id = NEW.submission_id
    FOR SHARE;
  IF actor <> entry.participant_id THEN
    PERFORM refuse('appeal_by_the_artist', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF entry.state <> 'rejected' OR entry.decided_at IS NULL
     OR entry.undo_until > clock_timestamp() OR entry.width IS NULL
     OR NOT EXISTS (SELECT FROM competitions_competition WHERE id = which
       AND state IN ('open', 'moderation') AND cancelled_at IS NULL) THEN
    PERFORM refuse('appeal_of_rejected_entry', TG_TABLE_NAME, entry.state);
  END IF;
  NEW.rejected_at := entry.decided_at;
  NEW.rejected_by_id := entry.decided_by_id;
  NEW.rejection := entry.decision_reason;
  RETURN NEW;
END $$;

CREATE TRIGGER appeal_made BEFORE INSERT ON appeals_appeal
  FOR EACH ROW EXECUTE FUNCTION appeal_made();
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_made;

CREATE FUNCTION appeal_decided() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  artist bigint;
  which bigint;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  SELECT participant_id, competition_id INTO artist, which
    FROM submissions_submission WHERE id = OLD.submission_id;
  PERFORM pg_advisory_xact_lock_shared(7301, which::int);
  IF actor <> NEW.decided_by_id THEN
    PERFORM refuse('appeal_by_its_person', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  IF artist = NEW.decided_by_id THEN
    PERFORM refuse('submission_decided_by_another', TG_TABLE_NAME,
      format('decided by %s', artist));
  END IF;
  IF NOT EXISTS (SELECT FROM competitions_competition WHERE id = which
      AND state IN ('open', 'moderation') AND cancelled_at IS NULL) THEN
    PERFORM refuse('appeal_in_time', TG_TABLE_NAME, 'closed or cancelled');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER appeal_decided BEFORE UPDATE ON appeals_appeal
  FOR EACH ROW WHEN (OLD.state = 'open' AND NEW.state <> 'open')
  EXECUTE FUNCTION appeal_decided();
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_decided;

CREATE TRIGGER appeal_stamped_when_made BEFORE INSERT ON appeals_appeal
  FOR EACH ROW EXECUTE FUNCTION stamp('made_at', 'decided_at');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_stamped_when_made;

CREATE TRIGGER appeal_stamped_when_decided BEFORE UPDATE ON appeals_appeal
  FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION stamp('decided_at');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_stamped_when_decided;

CREATE TRIGGER appeal_facts_stay BEFORE UPDATE ON appeals_appeal
  FOR EACH ROW WHEN ((OLD.id, OLD.submission_id, OLD.text, OLD.made_at,
    OLD.rejected_at, OLD.rejected_by_id, OLD.rejection)
    IS DISTINCT FROM (NEW.id, NEW.submission_id, NEW.text, NEW.made_at,
    NEW.rejected_at, NEW.rejected_by_id, NEW.rejection))
  EXECUTE FUNCTION refuse_row('appeal_facts_stay');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_facts_stay;

CREATE TRIGGER appeal_decision_stays BEFORE UPDATE ON appeals_appeal
  FOR EACH ROW WHEN (OLD.state = NEW.state
    AND (OLD.decided_by_id, OLD.decided_at, OLD.answer)
      IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at, NEW.answer))
  EXECUTE FUNCTION refuse_row('appeal_decision_stays');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_decision_stays;

CREATE TRIGGER appeal_stays BEFORE DELETE ON appeals_appeal
  FOR EACH ROW EXECUTE FUNCTION refuse_row('appeal_stays');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_stays;

CREATE TRIGGER appeal_audit
  AFTER INSERT OR UPDATE OR DELETE ON appeals_appeal
  FOR EACH ROW EXECUTE FUNCTION audit('', '');
ALTER TABLE appeals_appeal ENABLE ALWAYS TRIGGER appeal_audit;

CREATE FUNCTION submission_appeal_comes_first() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM appeals_appeal
      WHERE submission_id = OLD.id AND state = 'open') THEN
    PERFORM refuse('submission_appeal_comes_first', TG_TABLE_NAME, 'an open appeal');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER submission_appeal_comes_first BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN (OLD.state = 'rejected' AND NEW.state = 'pending')
  EXECUTE FUNCTION submission_appeal_comes_first();
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_appeal_comes_first;

CREATE FUNCTION competition_appeals_decided() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Waits for the appeals being written; later ones wait for this transaction.
  PERFORM pg_advisory_xact_lock(7301, OLD.id::int);
  IF EXISTS (SELECT FROM appeals_appeal AS appeal
      JOIN submissions_submission AS entry ON entry.id = appeal.submission_id
      WHERE appeal.state = 'open' AND entry.competition_id = OLD.id) THEN
    PERFORM refuse('competition_appeals_decided', TG_TABLE_NAME, 'open appeals');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER competition_appeals_decided BEFORE UPDATE ON competitions_competition
  FOR EACH ROW WHEN (OLD.state = 'moderation' AND NEW.state = 'closed')
  EXECUTE FUNCTION competition_appeals_decided();
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_appeals_decided;
"""

WITHOUT_GUARDS = """
DROP TRIGGER competition_appeals_decided ON competitions_competition;
DROP FUNCTION competition_appeals_decided();
DROP TRIGGER submission_appeal_comes_first ON submissions_submission;
DROP FUNCTION submission_appeal_comes_first();
DROP TRIGGER appeal_audit ON appeals_appeal;
DROP TRIGGER appeal_stays ON appeals_appeal;
DROP TRIGGER appeal_decision_stays ON appeals_appeal;
DROP TRIGGER appeal_facts_stay ON appeals_appeal;
DROP TRIGGER appeal_stamped_when_decided ON appeals_appeal;
DROP TRIGGER appeal_stamped_when_made ON appeals_appeal;
DROP TRIGGER appeal_decided ON appeals_appeal;
DROP FUNCTION appeal_decided();
DROP TRIGGER appeal_made ON appeals_appeal;
DROP FUNCTION appeal_made();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0001_initial"),
        ("submissions", "0025_two_disqualify"),
        ("core", "0010_mail_not_before"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
