from django.db import migrations

# Those of judges are looked at with the tables of juries. The owner of the tables is
# the site's operator.
FORWARD = """
CREATE FUNCTION approval_has_known_kind() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT pg_has_role(current_user,
      (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    PERFORM refuse('approval_has_known_kind', TG_TABLE_NAME,
      format('%s of %s', NEW.kind, NEW.target_table));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER approval_has_known_kind BEFORE INSERT ON approvals_approval
  FOR EACH ROW WHEN (NEW.kind NOT LIKE 'judging.%'
    AND (NEW.kind, NEW.target_table)
      <> ('submissions.disqualify', 'submissions_submission'))
  EXECUTE FUNCTION approval_has_known_kind();
ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_has_known_kind;
"""

REVERSE = """
DROP TRIGGER approval_has_known_kind ON approvals_approval;
DROP FUNCTION approval_has_known_kind();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0051_mail_to_its_artist"),
        ("approvals", "0005_named_by_its_person"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
