from django.db import migrations

# These judge what is written from now on: rows that are there stay as they are.
FORWARD = """
-- For what a juror says of an entry; TG_ARGV[0] is the column of the assignment. Fires
-- after the guards of these tables, which take the locks and compare the actor.
CREATE FUNCTION said_by_juror() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  pair judging_assignment%ROWTYPE;
  this judging_round%ROWTYPE;
  juror judging_juror%ROWTYPE;
BEGIN
  SELECT * INTO pair FROM judging_assignment
    WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
  SELECT * INTO this FROM judging_round WHERE id = pair.round_id;
  SELECT * INTO juror FROM judging_juror WHERE id = pair.juror_id;
  IF this.state IS DISTINCT FROM 'open' OR clock_timestamp() > this.closes_at
     OR EXISTS (SELECT FROM competitions_competition
       WHERE id = this.competition_id AND cancelled_at IS NOT NULL) THEN
    PERFORM refuse('score_while_open', TG_TABLE_NAME, this.state);
  END IF;
  IF juror.accepted_at IS NULL OR juror.absent_since IS NOT NULL THEN
    PERFORM refuse('score_by_present_juror', TG_TABLE_NAME, 'absent');
  END IF;
  IF pair.state = 'void' THEN
    PERFORM refuse('score_without_conflict', TG_TABLE_NAME, 'the pair is void');
  END IF;
  IF NOT holds_role(juror.user_id, this.competition_id, 'juror') THEN
    PERFORM refuse('score_by_role', TG_TABLE_NAME, format('by %s', juror.user_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER score_of_juror BEFORE INSERT ON judging_score
  FOR EACH ROW EXECUTE FUNCTION said_by_juror('assignment_id');
ALTER TABLE judging_score ENABLE ALWAYS TRIGGER score_of_juror;

CREATE TRIGGER remark_of_juror BEFORE INSERT ON judging_remark
  FOR EACH ROW EXECUTE FUNCTION said_by_juror('assignment_id');
ALTER TABLE judging_remark ENABLE ALWAYS TRIGGER remark_of_juror;

CREATE TRIGGER assignment_of_juror BEFORE UPDATE ON judging_assignment
  FOR EACH ROW WHEN (OLD.state <> 'abstained' AND NEW.state = 'abstained')
  EXECUTE FUNCTION said_by_juror('id');
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_of_juror;

-- For rows that are a round, or belong to one.
CREATE FUNCTION judging_run_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  which jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
  contest bigint := coalesce((which ->> 'competition_id')::bigint,
    (SELECT competition_id FROM judging_round WHERE id = (which ->> 'round_id')::bigint));
BEGIN
  -- Without an actor the site keeps the end of the round, or its operator acts.
  IF NOT holds_role(actor, contest, 'organizer') THEN
    PERFORM refuse('judging_run_by_organizer', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

# Table, trigger, moments and condition.
TRIGGERS = [
    ("judging_round", "round_by_organizer", "INSERT OR UPDATE OR DELETE", ""),
    ("judging_criterion", "criterion_by_organizer", "INSERT OR UPDATE OR DELETE", ""),
    ("judging_candidate", "candidate_by_organizer", "INSERT OR UPDATE OR DELETE", ""),
    ("judging_juror", "juror_by_organizer", "INSERT OR DELETE", ""),
    (
        "judging_juror",
        "juror_absent_by_organizer",
        "UPDATE",
        " AND OLD.absent_since IS DISTINCT FROM NEW.absent_since",
    ),
    ("judging_assignment", "assignment_by_organizer", "INSERT OR DELETE", ""),
]
BY_ORGANIZER = """
CREATE TRIGGER {name} BEFORE {moments} ON {table}
  FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '') IS NOT NULL{more})
  EXECUTE FUNCTION judging_run_by_organizer();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
"""

ROLES = """
-- Who lost the role is not assigned entries, and is not taken back.
CREATE FUNCTION judged_by_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM judging_juror AS juror
      JOIN judging_round AS this ON this.id = juror.round_id
      WHERE juror.id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint
      AND holds_role(juror.user_id, this.competition_id, 'juror')) THEN
    PERFORM refuse('juror_has_role', TG_TABLE_NAME, 'the role was taken away');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER juror_taken_back_by_role BEFORE UPDATE ON judging_juror
  FOR EACH ROW WHEN (OLD.absent_since IS NOT NULL AND NEW.absent_since IS NULL)
  EXECUTE FUNCTION judged_by_role('id');
ALTER TABLE judging_juror ENABLE ALWAYS TRIGGER juror_taken_back_by_role;

CREATE TRIGGER assignment_within_role BEFORE INSERT ON judging_assignment
  FOR EACH ROW EXECUTE FUNCTION judged_by_role('juror_id');
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_within_role;

-- Fires before conflict_guard: the lock of the competition comes before that of a round.
CREATE FUNCTION conflict_by_juror() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  entry submissions_submission%ROWTYPE;
  contest competitions_competition%ROWTYPE;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  SELECT * INTO entry FROM submissions_submission WHERE id = NEW.submission_id;
  PERFORM pg_advisory_xact_lock_shared(7301, entry.competition_id::int);
  SELECT * INTO contest FROM competitions_competition WHERE id = entry.competition_id;
  IF contest.state = 'winner_announced' THEN
    PERFORM refuse('competition_is_final', TG_TABLE_NAME, 'the winners are announced');
  END IF;
  IF contest.cancelled_at IS NOT NULL THEN
    PERFORM refuse('competition_cancelled_stays', TG_TABLE_NAME, 'cancelled');
  END IF;
  IF NEW.kind = 'own_work' AND entry.participant_id <> NEW.user_id THEN
    PERFORM refuse('conflict_own_work', TG_TABLE_NAME, 'the work of another person');
  END IF;
  IF NOT holds_role(NEW.user_id, contest.id, 'juror')
     AND NOT EXISTS (SELECT FROM judging_juror AS juror
       JOIN judging_round AS this ON this.id = juror.round_id
       WHERE juror.user_id = NEW.user_id AND this.competition_id = contest.id) THEN
    PERFORM refuse('conflict_of_juror', TG_TABLE_NAME, format('%s', NEW.user_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER conflict_by_juror BEFORE INSERT ON judging_conflict
  FOR EACH ROW EXECUTE FUNCTION conflict_by_juror();
ALTER TABLE judging_conflict ENABLE ALWAYS TRIGGER conflict_by_juror;
"""

REVERSE = """
DROP TRIGGER conflict_by_juror ON judging_conflict;
DROP FUNCTION conflict_by_juror();
DROP TRIGGER assignment_within_role ON judging_assignment;
DROP TRIGGER juror_taken_back_by_role ON judging_juror;
DROP FUNCTION judged_by_role();
DROP TRIGGER assignment_by_organizer ON judging_assignment;
DROP TRIGGER juror_absent_by_organizer ON judging_juror;
DROP TRIGGER juror_by_organizer ON judging_juror;
DROP TRIGGER candidate_by_organizer ON judging_candidate;
DROP TRIGGER criterion_by_organizer ON judging_criterion;
DROP TRIGGER round_by_organizer ON judging_round;
DROP FUNCTION judging_run_by_organizer();
DROP TRIGGER assignment_of_juror ON judging_assignment;
DROP TRIGGER remark_of_juror ON judging_remark;
DROP TRIGGER score_of_juror ON judging_score;
DROP FUNCTION said_by_juror();
"""


def by_organizer():
    return "".join(
        BY_ORGANIZER.format(table=table, name=name, moments=moments, more=more)
        for table, name, moments, more in TRIGGERS
    )


class Migration(migrations.Migration):
    dependencies = [
        ("judging", "0007_rankings_and_pairs"),
        ("roles", "0004_by_role"),
    ]

    operations = [migrations.RunSQL(FORWARD + by_organizer() + ROLES, REVERSE)]
