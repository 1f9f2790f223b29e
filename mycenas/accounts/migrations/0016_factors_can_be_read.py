from django.db import migrations

# `migrate` stops before its first change while there are others: accounts/factors.py.
FORWARD = r"""
ALTER TABLE mfa_authenticator ADD CONSTRAINT authenticator_can_be_read CHECK (
CASE type
  WHEN 'totp' THEN jsonb_typeof(data -> 'secret') = 'string'
    AND data ->> 'secret' ~ '^([A-Za-z2-7]{8}){1,16}$'
  WHEN 'recovery_codes' THEN
    CASE WHEN coalesce(jsonb_typeof(data -> 'migrated_codes'), 'null') = 'null'
      THEN jsonb_typeof(data -> 'seed') = 'string'
        AND data ->> 'seed' ~ '^[!-~]{1,200}$'
        AND jsonb_typeof(data -> 'used_mask') = 'number'
        AND data ->> 'used_mask' ~ '^[0-9]{1,9}$'
      ELSE jsonb_typeof(data -> 'migrated_codes') = 'array'
        AND NOT jsonb_path_exists(data,
          'strict $.migrated_codes[*] ? (@.type() != "string")') END
  WHEN 'webauthn' THEN jsonb_typeof(data -> 'name') = 'string'
    AND data #>> '{credential,rawId}' ~ '^[A-Za-z0-9_-]+={0,2}$'
    AND data #>> '{credential,response,clientDataJSON}' ~ '^[A-Za-z0-9_-]+={0,2}$'
    AND data #>> '{credential,response,attestationObject}' ~ '^[A-Za-z0-9_-]+={0,2}$'
    AND coalesce(jsonb_typeof(
      data #> '{credential,clientExtensionResults}'), 'object') = 'object'
    AND coalesce(jsonb_typeof(
      data #> '{credential,clientExtensionResults,credProps}'), 'object') = 'object'
  ELSE false END IS TRUE);
"""

REVERSE = """
ALTER TABLE mfa_authenticator DROP CONSTRAINT authenticator_can_be_read;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_in_ones_own_name"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
