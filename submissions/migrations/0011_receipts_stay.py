import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# Entries that were acknowledged before get what their receipts said until now.
FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.source', 'migration submissions.0011', true),
  set_config('mycenas.reason', 'What receipts name is kept with the entry.', true);
ALTER TABLE submissions_submission DISABLE TRIGGER submission_settled;
UPDATE submissions_submission AS entry SET receipt_issuer = %s,
    receipt_slug = contest.slug, receipt_title = contest.title
  FROM competitions_competition AS contest
  WHERE contest.id = entry.competition_id AND entry.received_at IS NOT NULL;
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_settled;
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
SET CONSTRAINTS ALL DEFERRED;
"""

FORWARD = """
CREATE OR REPLACE FUNCTION submission_upload_in_time() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off a close, which would not see a file that is being acknowledged.
  PERFORM pg_advisory_xact_lock_shared(7301, OLD.competition_id::int);
  NEW.received_at := clock_timestamp();
  -- What the receipt names is that of this moment, for good.
  SELECT slug, title INTO NEW.receipt_slug, NEW.receipt_title
    FROM competitions_competition
    WHERE id = OLD.competition_id AND state IN ('open', 'moderation');
  IF NOT FOUND OR NEW.received_at > OLD.upload_until THEN
    PERFORM refuse('submission_upload_in_time', TG_TABLE_NAME,
      format('until %s', OLD.upload_until));
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER submission_facts_stay ON submissions_submission;
CREATE TRIGGER submission_facts_stay BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN ((
    OLD.id, OLD.token, OLD.public_id, OLD.competition_id, OLD.participant_id,
    OLD.arrived_at, OLD.upload_until, OLD.declared_size, OLD.declared_sha256,
    OLD.rules_accepted_at
  ) IS DISTINCT FROM (
    NEW.id, NEW.token, NEW.public_id, NEW.competition_id, NEW.participant_id,
    NEW.arrived_at, NEW.upload_until, NEW.declared_size, NEW.declared_sha256,
    NEW.rules_accepted_at
  ) OR OLD.state <> 'reserved' AND (
    OLD.title, OLD.description, OLD.alt_text, OLD.category_id, OLD.idempotency_key,
    OLD.original, OLD.original_name, OLD.sha256, OLD.size, OLD.received_at,
    OLD.receipt_issuer, OLD.receipt_slug, OLD.receipt_title
  ) IS DISTINCT FROM (
    NEW.title, NEW.description, NEW.alt_text, NEW.category_id, NEW.idempotency_key,
    NEW.original, NEW.original_name, NEW.sha256, NEW.size, NEW.received_at,
    NEW.receipt_issuer, NEW.receipt_slug, NEW.receipt_title
  )) EXECUTE FUNCTION refuse_state('submission_facts_stay');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_facts_stay;

CREATE FUNCTION receipt_part(receipt text, part integer) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT convert_from(decode(rpad(said, (length(said) + 3) / 4 * 4, '='), 'base64'),
    'UTF8')::jsonb
  FROM translate(split_part(receipt, '.', part), '-_', '+/') AS said
$$;

CREATE FUNCTION receipt_is_true() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  entry submissions_submission%ROWTYPE;
  head jsonb;
  facts jsonb;
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  NEW.signed_at := clock_timestamp();
  SELECT * INTO entry FROM submissions_submission WHERE id = NEW.submission_id;
  BEGIN
    head := receipt_part(NEW.text, 1);
    facts := receipt_part(NEW.text, 2);
    IF entry.received_at IS NULL
       OR head IS DISTINCT FROM jsonb_build_object(
         'alg', 'EdDSA', 'kid', NEW.kid, 'typ', 'mycenas-receipt+jws')
       OR split_part(NEW.text, '.', 3) !~ '^[A-Za-z0-9_-]{86}$'
       OR split_part(NEW.text, '.', 4) <> ''
       OR (facts ->> 'arrived_at')::timestamptz IS DISTINCT FROM entry.arrived_at
       OR (facts ->> 'received_at')::timestamptz IS DISTINCT FROM entry.received_at
       OR facts - 'arrived_at' - 'received_at' IS DISTINCT FROM jsonb_build_object(
         'iss', entry.receipt_issuer,
         'iat', floor(extract(epoch FROM entry.received_at))::bigint,
         'competition', entry.receipt_slug,
         'competition_title', entry.receipt_title,
         'entry', entry.public_id,
         'token_sha256', encode(sha256(convert_to(entry.token, 'UTF8')), 'hex'),
         'size', entry.size,
         'sha256', entry.sha256) THEN
      RAISE data_exception;
    END IF;
  EXCEPTION WHEN data_exception THEN
    PERFORM refuse('receipt_is_true', TG_TABLE_NAME,
      format('not the receipt of entry %s', NEW.submission_id));
  END;
  -- Holds off the key's retirement until this row is there to be seen.
  PERFORM FROM submissions_receiptkey
    WHERE kid = NEW.kid AND retired_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    PERFORM refuse('receipt_signed_by_present_key', TG_TABLE_NAME,
      format('the key %s does not sign', NEW.kid));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER receipt_is_true BEFORE INSERT ON submissions_receipt
  FOR EACH ROW EXECUTE FUNCTION receipt_is_true();
ALTER TABLE submissions_receipt ENABLE ALWAYS TRIGGER receipt_is_true;

CREATE TRIGGER receipt_stays BEFORE UPDATE OR DELETE ON submissions_receipt
  FOR EACH ROW EXECUTE FUNCTION refuse_row('receipt_stays');
ALTER TABLE submissions_receipt ENABLE ALWAYS TRIGGER receipt_stays;
"""

REVERSE = """
DROP TRIGGER receipt_stays ON submissions_receipt;
DROP TRIGGER receipt_is_true ON submissions_receipt;
DROP FUNCTION receipt_is_true();
DROP FUNCTION receipt_part(text, integer);

DROP TRIGGER submission_facts_stay ON submissions_submission;
CREATE TRIGGER submission_facts_stay BEFORE UPDATE ON submissions_submission
  FOR EACH ROW WHEN ((
    OLD.id, OLD.token, OLD.public_id, OLD.competition_id, OLD.participant_id,
    OLD.arrived_at, OLD.upload_until, OLD.declared_size, OLD.declared_sha256,
    OLD.rules_accepted_at
  ) IS DISTINCT FROM (
    NEW.id, NEW.token, NEW.public_id, NEW.competition_id, NEW.participant_id,
    NEW.arrived_at, NEW.upload_until, NEW.declared_size, NEW.declared_sha256,
    NEW.rules_accepted_at
  ) OR OLD.state <> 'reserved' AND (
    OLD.title, OLD.description, OLD.alt_text, OLD.category_id, OLD.idempotency_key,
    OLD.original, OLD.original_name, OLD.sha256, OLD.size, OLD.received_at
  ) IS DISTINCT FROM (
    NEW.title, NEW.description, NEW.alt_text, NEW.category_id, NEW.idempotency_key,
    NEW.original, NEW.original_name, NEW.sha256, NEW.size, NEW.received_at
  )) EXECUTE FUNCTION refuse_state('submission_facts_stay');
ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER submission_facts_stay;

CREATE OR REPLACE FUNCTION submission_upload_in_time() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  -- Holds off a close, which would not see a file that is being acknowledged.
  PERFORM pg_advisory_xact_lock_shared(7301, OLD.competition_id::int);
  IF clock_timestamp() > OLD.upload_until
     OR NEW.received_at NOT BETWEEN OLD.arrived_at AND clock_timestamp()
     OR NOT EXISTS (SELECT FROM competitions_competition
       WHERE id = OLD.competition_id AND state IN ('open', 'moderation')) THEN
    PERFORM refuse('submission_upload_in_time', TG_TABLE_NAME,
      format('until %s', OLD.upload_until));
  END IF;
  RETURN NEW;
END $$;
"""

# A receipt is added and read, nothing else.
GRANT = """
DO $$ BEGIN
  IF to_regrole('mycenas_app') IS NOT NULL THEN
    REVOKE UPDATE, DELETE, TRUNCATE ON submissions_receipt FROM mycenas_app;
  END IF;
END $$;
"""


def text_column(name: str) -> migrations.AddField:
    return migrations.AddField(
        model_name="submission",
        name=name,
        field=models.TextField(editable=False, null=True),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0010_renditions_stay"),
        ("core", "0005_stamps"),
    ]

    operations = [
        text_column("receipt_issuer"),
        text_column("receipt_slug"),
        text_column("receipt_title"),
        migrations.RunSQL([(FILL, [settings.BASE_URL])], migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("receipt_issuer", None),
                    ("receipt_slug", None),
                    ("receipt_title", None),
                    ("received_at", None),
                )
                | models.Q(
                    ("receipt_issuer__isnull", False),
                    ("receipt_slug__isnull", False),
                    ("receipt_title__isnull", False),
                    ("received_at__isnull", False),
                )
                & ~models.Q(("receipt_issuer", ""))
                & ~models.Q(("receipt_slug", "")),
                name="submission_receipt_frozen",
            ),
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("kid", models.CharField(editable=False, max_length=43)),
                ("text", models.TextField(editable=False)),
                (
                    "signed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                (
                    "submission",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipt",
                        to="submissions.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "signed receipt",
                "verbose_name_plural": "signed receipts",
            },
        ),
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GRANT, migrations.RunSQL.noop),
    ]
