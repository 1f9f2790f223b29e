from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

# Remarks get versions in the order in which they were written. Their owner reads them
# for that, which row-level security otherwise keeps to their jurors.
NUMBERS = """
ALTER TABLE judging_remark NO FORCE ROW LEVEL SECURITY;
ALTER TABLE judging_remark DISABLE TRIGGER remark_stays;
ALTER TABLE judging_assignment DISABLE TRIGGER assignment_guard;
UPDATE judging_remark AS one SET version = counted.version
  FROM (SELECT id, row_number() OVER (PARTITION BY assignment_id ORDER BY id) AS version
    FROM judging_remark) AS counted WHERE counted.id = one.id;
UPDATE judging_assignment AS pair SET last_remark = counted.last
  FROM (SELECT assignment_id, max(version) AS last
    FROM judging_remark GROUP BY assignment_id) AS counted
  WHERE counted.assignment_id = pair.id;
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_guard;
ALTER TABLE judging_remark ENABLE ALWAYS TRIGGER remark_stays;
ALTER TABLE judging_remark FORCE ROW LEVEL SECURITY;
"""

GUARDS = """
-- Fires after remark_guard, whose lock of the round comes first.
CREATE FUNCTION remark_version_next() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  last integer;
BEGIN
  SELECT last_remark INTO last FROM judging_assignment WHERE id = NEW.assignment_id
    FOR NO KEY UPDATE;
  IF NEW.version IS DISTINCT FROM last + 1 THEN
    PERFORM refuse('remark_version_next', TG_TABLE_NAME,
      format('the last one is %s', last));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER remark_version_next BEFORE INSERT ON judging_remark
  FOR EACH ROW EXECUTE FUNCTION remark_version_next();
ALTER TABLE judging_remark ENABLE ALWAYS TRIGGER remark_version_next;

CREATE FUNCTION remark_marks() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE judging_assignment SET last_remark = NEW.version WHERE id = NEW.assignment_id;
  RETURN NULL;
END $$;

CREATE TRIGGER remark_marks AFTER INSERT ON judging_remark
  FOR EACH ROW EXECUTE FUNCTION remark_marks();
ALTER TABLE judging_remark ENABLE ALWAYS TRIGGER remark_marks;

CREATE FUNCTION assignment_remarked() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.last_remark > 0 THEN
      PERFORM refuse('assignment_stays', TG_TABLE_NAME, 'its juror wrote something');
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.state = 'abstained' AND OLD.state <> 'abstained' THEN
    NEW.last_remark := OLD.last_remark + 1;
  ELSIF NEW.last_remark <> coalesce(OLD.last_remark, 0)
     AND NEW.last_remark IS DISTINCT FROM (
      SELECT max(version) FROM judging_remark WHERE assignment_id = NEW.id) THEN
    PERFORM refuse('assignment_remarked_by_remark', TG_TABLE_NAME, 'no such remark');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER assignment_remarked BEFORE INSERT OR UPDATE OR DELETE
  ON judging_assignment FOR EACH ROW EXECUTE FUNCTION assignment_remarked();
ALTER TABLE judging_assignment ENABLE ALWAYS TRIGGER assignment_remarked;

-- Fires after round_guard, whose lock holds off remarks.
CREATE FUNCTION round_is_begun() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM judging_assignment
      WHERE round_id = OLD.id AND last_remark > 0) THEN
    PERFORM refuse('round_is_scored', TG_TABLE_NAME, 'jurors have begun');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER round_is_begun BEFORE UPDATE OF state ON judging_round
  FOR EACH ROW WHEN (OLD.state = 'open' AND NEW.state = 'draft')
  EXECUTE FUNCTION round_is_begun();
ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_is_begun;
"""

WITHOUT_GUARDS = """
DROP TRIGGER round_is_begun ON judging_round;
DROP FUNCTION round_is_begun();
DROP TRIGGER assignment_remarked ON judging_assignment;
DROP FUNCTION assignment_remarked();
DROP TRIGGER remark_marks ON judging_remark;
DROP FUNCTION remark_marks();
DROP TRIGGER remark_version_next ON judging_remark;
DROP FUNCTION remark_version_next();
"""


def not_valid(model, name, column, most):
    """What is there stays as it is."""
    return AddConstraintNotValid(
        model_name=model,
        constraint=models.CheckConstraint(
            condition=Q(LessThanOrEqual(Length(column), most)), name=name
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("judging", "0005_methods_by_function")]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="last_remark",
            field=models.PositiveIntegerField(db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name="remark",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
            preserve_default=False,
        ),
        migrations.RunSQL(NUMBERS, migrations.RunSQL.noop),
        not_valid("assignment", "assignment_reason_fits", "reason", 1000),
        not_valid("conflict", "conflict_reason_fits", "reason", 1000),
        not_valid("remark", "remark_fits", "text", 4000),
        migrations.AddConstraint(
            model_name="remark",
            constraint=models.UniqueConstraint(
                fields=("assignment", "version"), name="remark_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="remark",
            constraint=models.CheckConstraint(
                condition=Q(version__range=(1, 10_000)), name="remark_version_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=Q(last_remark__range=(0, 10_000)),
                name="assignment_last_remark_bounds",
            ),
        ),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
