from django.db import migrations

# A person with the column but without a role saw an empty desk; a person with a role
# but without the column could use it on all pages but the desk's. Roles stay as they
# are, and the column follows them.
REPAIR = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migrate accounts.0010_staff_by_role', true),
  set_config('mycenas.reason', 'Access to the desk follows the roles.', true);

UPDATE accounts_user SET is_staff = NOT is_staff
WHERE is_staff <> (is_superuser OR has_staff_role(id));

SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
SET CONSTRAINTS ALL IMMEDIATE;
"""

FORWARD = """
CREATE FUNCTION has_staff_role(person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM accounts_membership
    WHERE user_id = person AND role IN ('organizer', 'moderator'));
$$;
"""

GUARDS = """
CREATE FUNCTION staff_by_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.is_staff := NEW.is_superuser OR has_staff_role(NEW.id);
  RETURN NEW;
END $$;

CREATE TRIGGER user_staff_by_role BEFORE INSERT OR UPDATE ON accounts_user
  FOR EACH ROW EXECUTE FUNCTION staff_by_role();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_staff_by_role;

-- Two transactions may take two roles of one person: the second waits for the first,
-- and its next statement sees what the first did.
CREATE FUNCTION role_makes_staff() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM FROM accounts_user WHERE id IN (OLD.user_id, NEW.user_id)
    ORDER BY id FOR NO KEY UPDATE;
  UPDATE accounts_user SET is_staff = NOT is_staff
    WHERE id IN (OLD.user_id, NEW.user_id)
      AND is_staff <> (is_superuser OR has_staff_role(id));
  RETURN NULL;
END $$;

CREATE TRIGGER membership_makes_staff
  AFTER INSERT OR UPDATE OR DELETE ON accounts_membership
  FOR EACH ROW EXECUTE FUNCTION role_makes_staff();
ALTER TABLE accounts_membership ENABLE ALWAYS TRIGGER membership_makes_staff;

-- Without an actor the site's operator acts, by SQL or by a command.
CREATE FUNCTION organization_keeps_an_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.organization_id, OLD.role)
      IS NOT DISTINCT FROM (NEW.organization_id, NEW.role)
    OR actor IS NULL
    OR EXISTS (SELECT FROM accounts_user WHERE id = actor AND is_superuser) THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  PERFORM require_read_committed(TG_TABLE_NAME);
  PERFORM FROM accounts_organization WHERE id = OLD.organization_id
    FOR NO KEY UPDATE;
  IF NOT EXISTS (SELECT FROM accounts_membership m
      JOIN accounts_user u ON u.id = m.user_id AND u.is_active
      WHERE m.organization_id = OLD.organization_id AND m.role = 'organizer'
        AND m.id <> OLD.id) THEN
    PERFORM refuse('organization_keeps_an_organizer', TG_TABLE_NAME,
      format('organization %s', OLD.organization_id));
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER organization_keeps_an_organizer
  BEFORE UPDATE OR DELETE ON accounts_membership
  FOR EACH ROW WHEN (OLD.role = 'organizer')
  EXECUTE FUNCTION organization_keeps_an_organizer();
ALTER TABLE accounts_membership
  ENABLE ALWAYS TRIGGER organization_keeps_an_organizer;

-- Of every table of invitations: the columns have the same names.
CREATE FUNCTION guard_invitation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  changing text[] := ARRAY['name', 'digest', 'invited_by_id', 'expires_at',
    'accepted_at', 'accepted_by_id', 'revoked_at'];
  moment timestamptz := clock_timestamp();
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.accepted_at IS NOT NULL OR NEW.revoked_at IS NOT NULL THEN
      PERFORM refuse('invitation_facts_stay', TG_TABLE_NAME, 'it begins open');
    END IF;
    NEW.created_at := moment;
    NEW.expires_at := moment + interval '14 days';
    RETURN NEW;
  END IF;
  IF OLD.accepted_at IS NOT NULL THEN
    PERFORM refuse('invitation_used', TG_TABLE_NAME, format('id %s', OLD.id));
  ELSIF OLD.revoked_at IS NOT NULL THEN
    PERFORM refuse('invitation_revoked', TG_TABLE_NAME, format('id %s', OLD.id));
  ELSIF to_jsonb(OLD) - changing <> to_jsonb(NEW) - changing THEN
    PERFORM refuse('invitation_facts_stay', TG_TABLE_NAME, format('id %s', OLD.id));
  END IF;
  IF NEW.accepted_at IS NOT NULL AND OLD.expires_at <= moment THEN
    PERFORM refuse('invitation_expired', TG_TABLE_NAME, format('id %s', OLD.id));
  ELSIF NEW.accepted_at IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_user
      WHERE id = NEW.accepted_by_id AND email = NEW.email) THEN
    PERFORM refuse('invitation_of_another', TG_TABLE_NAME, format('id %s', OLD.id));
  END IF;
  NEW.expires_at := CASE WHEN NEW.digest = OLD.digest THEN OLD.expires_at
    ELSE moment + interval '14 days' END;
  NEW.accepted_at := CASE WHEN NEW.accepted_at IS NOT NULL THEN moment END;
  NEW.revoked_at := CASE WHEN NEW.revoked_at IS NOT NULL THEN moment END;
  RETURN NEW;
END $$;

CREATE TRIGGER invitation_guard BEFORE INSERT OR UPDATE ON accounts_invitation
  FOR EACH ROW EXECUTE FUNCTION guard_invitation();
ALTER TABLE accounts_invitation ENABLE ALWAYS TRIGGER invitation_guard;

CREATE TRIGGER invitation_audit
  AFTER INSERT OR UPDATE OR DELETE ON accounts_invitation
  FOR EACH ROW EXECUTE FUNCTION audit('digest', '');
ALTER TABLE accounts_invitation ENABLE ALWAYS TRIGGER invitation_audit;
"""

REVERSE_GUARDS = """
DROP TRIGGER invitation_audit ON accounts_invitation;
DROP TRIGGER invitation_guard ON accounts_invitation;
DROP FUNCTION guard_invitation();
DROP TRIGGER organization_keeps_an_organizer ON accounts_membership;
DROP FUNCTION organization_keeps_an_organizer();
DROP TRIGGER membership_makes_staff ON accounts_membership;
DROP FUNCTION role_makes_staff();
DROP TRIGGER user_staff_by_role ON accounts_user;
DROP FUNCTION staff_by_role();
"""

REVERSE = "DROP FUNCTION has_staff_role(bigint);"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_invitation"),
        ("core", "0009_days_and_first_values"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, REVERSE),
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.RunSQL(GUARDS, REVERSE_GUARDS),
    ]
