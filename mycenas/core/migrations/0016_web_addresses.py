from django.db import migrations

FORWARD = r"""
-- What `web_address` of mycenas/core/addresses.py returns, but for names in Punycode:
-- PostgreSQL does not know what they mean.
CREATE FUNCTION is_web_address(address text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  found text[] := regexp_match(address,
    '^https?://(\[[0-9a-f:]+\]|[a-z0-9.-]{1,253})(:([1-9][0-9]{0,4}))?'
    '([/?#][]!#-;=?-[_a-z~]*)?$');
  server text := found[1];
  port integer := found[3]::integer;
  ending text[];
  high integer;
  low integer;
BEGIN
  IF found IS NULL OR length(address) > 500 OR port > 65535
    -- Fetch Standard, "bad port".
    OR port = ANY ('{1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53,
      69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123,
      135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
      532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720,
      1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
      6669, 6679, 6697, 10080}'::integer[]) THEN
    RETURN false;
  ELSIF left(server, 1) <> '[' THEN
    RETURN server ~ ('^(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+'
      '[a-z]([a-z0-9-]{0,61}[a-z0-9])?'
      '|((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(?!$)|$)){4})$');
  END IF;
  -- RFC 5952, but without a dotted end, as browsers write it.
  server := host(btrim(server, '[]')::inet);
  ending := regexp_match(server, '^(.*:)([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$');
  IF ending IS NOT NULL THEN
    high := ending[2]::integer * 256 + ending[3]::integer;
    low := ending[4]::integer * 256 + ending[5]::integer;
    server := ending[1] || CASE WHEN ending[1] = '::' AND high = 0 THEN ''
      ELSE to_hex(high) || ':' END || to_hex(low);
  END IF;
  RETURN found[1] = '[' || server || ']';
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$;
"""

REVERSE = "DROP FUNCTION is_web_address(text)"


class Migration(migrations.Migration):
    dependencies = [("core", "0015_receipt_keys_begin_active")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
