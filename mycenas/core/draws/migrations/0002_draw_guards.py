from django.db import migrations

FORWARD = """
CREATE TRIGGER draw_moves BEFORE UPDATE ON draws_draw
  FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('committed', 'drawn')
  )) EXECUTE FUNCTION refuse_state('draw_moves');
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_moves;
COMMENT ON TRIGGER draw_moves ON draws_draw IS '636af75ba272289e';
CREATE TRIGGER draw_starts BEFORE INSERT ON draws_draw
  FOR EACH ROW WHEN (NEW.state <> 'committed')
  EXECUTE FUNCTION refuse_state('draw_starts');
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_starts;
COMMENT ON TRIGGER draw_starts ON draws_draw IS '49f736b390927ace';
"""

REVERSE = """
DROP TRIGGER draw_moves ON draws_draw;
DROP TRIGGER draw_starts ON draws_draw;
"""

# The tables are new, so no row is there yet.
GUARDS = """
CREATE FUNCTION draw_has_list() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  given jsonb;
  listed jsonb;
BEGIN
  BEGIN
    given := convert_from(NEW.items, 'UTF8')::jsonb;
    SELECT jsonb_agg(item ORDER BY item COLLATE "C") INTO listed
      FROM (SELECT DISTINCT item FROM jsonb_array_elements_text(given) AS item) AS items;
  EXCEPTION WHEN data_exception THEN
    PERFORM refuse('draw_has_list', TG_TABLE_NAME, 'no list');
  END;
  IF listed IS DISTINCT FROM given THEN
    PERFORM refuse('draw_has_list', TG_TABLE_NAME, 'not sorted, or not texts');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER draw_has_list BEFORE INSERT ON draws_draw
  FOR EACH ROW EXECUTE FUNCTION draw_has_list();
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_has_list;

CREATE FUNCTION seed_as_committed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF octet_length(NEW.value) <> 32 OR NOT EXISTS (SELECT FROM draws_draw
      WHERE id = NEW.draw_id AND state = 'committed'
      AND commitment = encode(sha256(NEW.value), 'hex')) THEN
    PERFORM refuse('seed_as_committed', TG_TABLE_NAME, 'another seed');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER seed_as_committed BEFORE INSERT ON draws_seed
  FOR EACH ROW EXECUTE FUNCTION seed_as_committed();
ALTER TABLE draws_seed ENABLE ALWAYS TRIGGER seed_as_committed;

CREATE TRIGGER seed_stays BEFORE UPDATE OR DELETE ON draws_seed
  FOR EACH ROW EXECUTE FUNCTION refuse_row('seed_stays');
ALTER TABLE draws_seed ENABLE ALWAYS TRIGGER seed_stays;

-- Runs as the owner, because the site's role may not read seeds. So it may not be put
-- on a table of one's own.
CREATE FUNCTION draw_reveals_seed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_RELID <> 'public.draws_draw'::regclass OR TG_OP <> 'UPDATE' THEN
    PERFORM refuse('draw_is_a_draw', TG_TABLE_NAME, 'not the table of draws');
  END IF;
  SELECT value INTO NEW.seed FROM draws_seed WHERE draw_id = OLD.id;
  IF NEW.seed IS NULL THEN
    PERFORM refuse('draw_has_seed', TG_TABLE_NAME, 'no seed');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER draw_reveals_seed BEFORE UPDATE ON draws_draw
  FOR EACH ROW WHEN (OLD.state = 'committed' AND NEW.state = 'drawn')
  EXECUTE FUNCTION draw_reveals_seed();
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_reveals_seed;

CREATE TRIGGER draw_stamped_when_committed BEFORE INSERT ON draws_draw
  FOR EACH ROW WHEN (NEW.committed_at IS DISTINCT FROM statement_timestamp()
    OR clock_timestamp() > statement_timestamp() + interval '1 second')
  EXECUTE FUNCTION stamp('committed_at');
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_stamped_when_committed;

CREATE TRIGGER draw_stamped_when_drawn BEFORE UPDATE ON draws_draw
  FOR EACH ROW WHEN (OLD.drawn_at IS DISTINCT FROM NEW.drawn_at)
  EXECUTE FUNCTION stamp('drawn_at');
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_stamped_when_drawn;

CREATE TRIGGER draw_facts_stay BEFORE UPDATE ON draws_draw
  FOR EACH ROW WHEN ((OLD.id, OLD.purpose, OLD.subject_table, OLD.subject_id,
    OLD.items, OLD.list_digest, OLD.commitment, OLD.beacon, OLD.beacon_round,
    OLD.committed_at)
    IS DISTINCT FROM (NEW.id, NEW.purpose, NEW.subject_table, NEW.subject_id,
    NEW.items, NEW.list_digest, NEW.commitment, NEW.beacon, NEW.beacon_round,
    NEW.committed_at))
  EXECUTE FUNCTION refuse_row('draw_facts_stay');
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_facts_stay;

CREATE TRIGGER draw_outcome_stays BEFORE UPDATE ON draws_draw
  FOR EACH ROW WHEN (OLD.state = 'drawn'
    AND (OLD.seed, OLD.beacon_value, OLD.drawn_at)
      IS DISTINCT FROM (NEW.seed, NEW.beacon_value, NEW.drawn_at))
  EXECUTE FUNCTION refuse_row('draw_outcome_stays');
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_outcome_stays;

CREATE TRIGGER draw_stays BEFORE DELETE ON draws_draw
  FOR EACH ROW EXECUTE FUNCTION refuse_row('draw_stays');
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_stays;

CREATE TRIGGER draw_audit
  AFTER INSERT OR UPDATE OR DELETE ON draws_draw
  FOR EACH ROW EXECUTE FUNCTION audit('items,seed', '');
ALTER TABLE draws_draw ENABLE ALWAYS TRIGGER draw_audit;
"""

WITHOUT_GUARDS = """
DROP TRIGGER draw_audit ON draws_draw;
DROP TRIGGER draw_stays ON draws_draw;
DROP TRIGGER draw_outcome_stays ON draws_draw;
DROP TRIGGER draw_facts_stay ON draws_draw;
DROP TRIGGER draw_stamped_when_drawn ON draws_draw;
DROP TRIGGER draw_stamped_when_committed ON draws_draw;
DROP TRIGGER draw_reveals_seed ON draws_draw;
DROP FUNCTION draw_reveals_seed();
DROP TRIGGER seed_stays ON draws_seed;
DROP TRIGGER seed_as_committed ON draws_seed;
DROP FUNCTION seed_as_committed();
DROP TRIGGER draw_has_list ON draws_draw;
DROP FUNCTION draw_has_list();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("draws", "0001_initial"),
        ("core", "0005_stamps"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
