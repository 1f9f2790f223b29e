from django.db import migrations

# Keys that are there stay as they are: the site publishes those of this form, and leaves
# out and reports the rest.
FORWARD = r"""
CREATE FUNCTION receipt_key_begins_active() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  point text := NEW.public ->> 'x';
  -- RFC 7638
  thumbprint text := rtrim(translate(encode(sha256(convert_to(
    '{"crv":"Ed25519","kty":"OKP","x":"' || point || '"}', 'UTF8')),
    'base64'), '+/', '-_'), '=');
BEGIN
  IF (NEW.retired_at IS NULL
      AND point ~ '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$'
      AND NEW.kid = thumbprint
      AND NEW.public = jsonb_build_object('kty', 'OKP', 'crv', 'Ed25519', 'x', point,
        'use', 'sig', 'alg', 'EdDSA', 'kid', thumbprint)
      AND length(NEW.private) <= 2000
      AND NEW.private ~ '^[A-Za-z0-9_-]+\.(\.[A-Za-z0-9_-]+){3}$') IS NOT TRUE THEN
    PERFORM refuse('receipt_key_begins_active', TG_TABLE_NAME, 'retired, or no key');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER receipt_key_begins_active BEFORE INSERT ON submissions_receiptkey
  FOR EACH ROW EXECUTE FUNCTION receipt_key_begins_active();
ALTER TABLE submissions_receiptkey ENABLE ALWAYS TRIGGER receipt_key_begins_active;
"""

REVERSE = """
DROP TRIGGER receipt_key_begins_active ON submissions_receiptkey;
DROP FUNCTION receipt_key_begins_active();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0014_mail_headers_in_one_line")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
