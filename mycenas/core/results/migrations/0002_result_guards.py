from django.db import migrations

# The table is new, so no row is there yet.
FORWARD = """
CREATE FUNCTION result_as_in_documents() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  counted jsonb;
  ranked jsonb;
BEGIN
  BEGIN
    counted := convert_from(NEW.inputs, 'UTF8')::jsonb;
    ranked := convert_from(NEW.ranking, 'UTF8')::jsonb;
  EXCEPTION WHEN data_exception THEN
    PERFORM refuse('result_as_in_documents', TG_TABLE_NAME, 'no JSON');
  END;
  IF (counted -> 'method', counted -> 'version', counted -> 'parameters')
      IS DISTINCT FROM
      (to_jsonb(NEW.method), to_jsonb(NEW.version), NEW.parameters)
    OR (ranked -> 'method', ranked -> 'version', ranked -> 'inputs')
      IS DISTINCT FROM
      (to_jsonb(NEW.method), to_jsonb(NEW.version), to_jsonb(NEW.inputs_sha256)) THEN
    PERFORM refuse('result_as_in_documents', TG_TABLE_NAME, 'another document');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER result_as_in_documents BEFORE INSERT ON results_result
  FOR EACH ROW EXECUTE FUNCTION result_as_in_documents();
ALTER TABLE results_result ENABLE ALWAYS TRIGGER result_as_in_documents;

CREATE FUNCTION result_supersedes() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM results_result AS earlier
      WHERE earlier.id = NEW.supersedes_id
      AND (earlier.kind, earlier.subject_table, earlier.subject_id)
        = (NEW.kind, NEW.subject_table, NEW.subject_id)) THEN
    PERFORM refuse('result_supersedes_own', TG_TABLE_NAME, 'another subject');
  END IF;
  -- A decision is final, so it needs no lock.
  IF NEW.approval_id IS NOT NULL AND NOT EXISTS (SELECT FROM approvals_approval
      WHERE id = NEW.approval_id AND state = 'confirmed'
      AND kind = NEW.kind || '.supersede'
      AND (target_table, target_id) = (TG_TABLE_NAME, NEW.supersedes_id)
      AND parameters ->> 'inputs_sha256' = NEW.inputs_sha256) THEN
    PERFORM refuse('result_superseded_by_two', TG_TABLE_NAME, 'not approved');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER result_supersedes BEFORE INSERT ON results_result
  FOR EACH ROW WHEN (NEW.supersedes_id IS NOT NULL)
  EXECUTE FUNCTION result_supersedes();
ALTER TABLE results_result ENABLE ALWAYS TRIGGER result_supersedes;

CREATE TRIGGER result_stamped BEFORE INSERT ON results_result
  FOR EACH ROW WHEN (NEW.computed_at IS DISTINCT FROM statement_timestamp()
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('computed_at');
ALTER TABLE results_result ENABLE ALWAYS TRIGGER result_stamped;

CREATE TRIGGER result_stays BEFORE UPDATE OR DELETE ON results_result
  FOR EACH ROW EXECUTE FUNCTION refuse_row('result_stays');
ALTER TABLE results_result ENABLE ALWAYS TRIGGER result_stays;

CREATE TRIGGER result_audit
  AFTER INSERT OR UPDATE OR DELETE ON results_result
  FOR EACH ROW EXECUTE FUNCTION audit('inputs,ranking', '');
ALTER TABLE results_result ENABLE ALWAYS TRIGGER result_audit;
"""

REVERSE = """
DROP TRIGGER result_audit ON results_result;
DROP TRIGGER result_stays ON results_result;
DROP TRIGGER result_stamped ON results_result;
DROP TRIGGER result_supersedes ON results_result;
DROP FUNCTION result_supersedes();
DROP TRIGGER result_as_in_documents ON results_result;
DROP FUNCTION result_as_in_documents();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0001_initial"),
        ("approvals", "0002_approval_guards"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
