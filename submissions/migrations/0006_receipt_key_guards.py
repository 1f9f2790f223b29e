from django.db import migrations

FORWARD = """
CREATE TRIGGER receipt_key_stays BEFORE DELETE ON submissions_receiptkey
  FOR EACH ROW EXECUTE FUNCTION refuse_row('receipt_key_stays');
ALTER TABLE submissions_receiptkey ENABLE ALWAYS TRIGGER receipt_key_stays;

CREATE TRIGGER receipt_key_retires_once BEFORE UPDATE ON submissions_receiptkey
  FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL OR
    (OLD.id, OLD.kid, OLD.public, OLD.private, OLD.created_at)
    IS DISTINCT FROM (NEW.id, NEW.kid, NEW.public, NEW.private, NEW.created_at))
  EXECUTE FUNCTION refuse_row('receipt_key_retires_once');
ALTER TABLE submissions_receiptkey ENABLE ALWAYS TRIGGER receipt_key_retires_once;

CREATE TRIGGER receipt_key_audit
  AFTER INSERT OR UPDATE OR DELETE ON submissions_receiptkey
  FOR EACH ROW EXECUTE FUNCTION audit('private,public', '');
ALTER TABLE submissions_receiptkey ENABLE ALWAYS TRIGGER receipt_key_audit;
"""

REVERSE = """
DROP TRIGGER receipt_key_audit ON submissions_receiptkey;
DROP TRIGGER receipt_key_retires_once ON submissions_receiptkey;
DROP TRIGGER receipt_key_stays ON submissions_receiptkey;
"""

# A key that has signed a receipt stays published.
GRANT = """
DO $$ BEGIN
  IF to_regrole('mycenas_app') IS NOT NULL THEN
    REVOKE DELETE, TRUNCATE ON submissions_receiptkey FROM mycenas_app;
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0005_receipt_keys"), ("core", "0003_audit")]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GRANT, migrations.RunSQL.noop),
    ]
