from django.db import migrations

# Where the seed is still sealed, only the database can order a list by it.
FORWARD = """
-- The same as drawn() in drawing.py; digest is the list_digest of the sorted list.
CREATE FUNCTION draws_drawn(seed bytea, listed text[], purpose text, digest text)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  context bytea := convert_to(purpose || E'\\n' || digest, 'UTF8');
  inner_key bytea := decode(repeat('36', 64), 'hex');
  outer_key bytea := decode(repeat('5c', 64), 'hex');
  mac bytea;
  counter bigint := 0;
  many bigint;
  chosen bigint;
  rest bigint;
  swapped text;
BEGIN
  FOR place IN 0 .. octet_length(seed) - 1 LOOP
    inner_key := set_byte(inner_key, place, get_byte(seed, place) # 54);
    outer_key := set_byte(outer_key, place, get_byte(seed, place) # 92);
  END LOOP;
  FOR upper IN REVERSE cardinality(listed) .. 2 LOOP
    many := upper;
    -- What 2 ^ 256 leaves: numbers of the last, incomplete range favor some positions.
    rest := 1;
    FOR part IN 1 .. 8 LOOP
      rest := rest * 4294967296 % many;
    END LOOP;
    LOOP
      mac := sha256(outer_key || sha256(inner_key || int8send(counter) || context));
      counter := counter + 1;
      EXIT WHEN substr(mac, 1, 28) <> decode(repeat('ff', 28), 'hex')
        OR ('x' || encode(substr(mac, 29, 4), 'hex'))::bit(32)::bigint
          < 4294967296 - rest;
    END LOOP;
    chosen := 0;
    FOR part IN 0 .. 7 LOOP
      chosen := (chosen * 4294967296
        + ('x' || encode(substr(mac, part * 4 + 1, 4), 'hex'))::bit(32)::bigint) % many;
    END LOOP;
    swapped := listed[upper];
    listed[upper] := listed[chosen + 1];
    listed[chosen + 1] := swapped;
  END LOOP;
  RETURN listed;
END $$;
"""

REVERSE = """
DROP FUNCTION draws_drawn(bytea, text[], text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("draws", "0002_draw_guards")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
