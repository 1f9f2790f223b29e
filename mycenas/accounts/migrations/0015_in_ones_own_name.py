from django.db import migrations

# Roles, invitations and entries of the admin's log that are there stay as they are. A
# session that would last for more than 30 days ends 14 days from now, as a new one does.
FORWARD = """
UPDATE django_session SET expire_date = now() + interval '14 days'
  WHERE expire_date > now() + interval '30 days';
CREATE TRIGGER session_ends_in_time BEFORE INSERT OR UPDATE ON django_session
  FOR EACH ROW WHEN (NEW.expire_date > clock_timestamp() + interval '30 days')
  EXECUTE FUNCTION refuse_row('session_ends_in_time');
ALTER TABLE django_session ENABLE ALWAYS TRIGGER session_ends_in_time;

CREATE TRIGGER membership_stays_with_its_person BEFORE UPDATE ON accounts_membership
  FOR EACH ROW WHEN ((OLD.user_id, OLD.organization_id)
    IS DISTINCT FROM (NEW.user_id, NEW.organization_id))
  EXECUTE FUNCTION refuse_row('role_stays_with_its_person');
ALTER TABLE accounts_membership
  ENABLE ALWAYS TRIGGER membership_stays_with_its_person;

CREATE TRIGGER admin_log_by_its_person BEFORE INSERT ON django_admin_log
  FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '')::bigint
    <> NEW.user_id)
  EXECUTE FUNCTION refuse_row('admin_log_by_its_person');
ALTER TABLE django_admin_log ENABLE ALWAYS TRIGGER admin_log_by_its_person;

CREATE OR REPLACE FUNCTION guard_invitation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  actor bigint := nullif(current_setting('mycenas.actor', true), '')::bigint;
  changing text[] := ARRAY['name', 'digest', 'invited_by_id', 'expires_at',
    'accepted_at', 'accepted_by_id', 'revoked_at'];
  moment timestamptz := clock_timestamp();
BEGIN
  -- Without an actor the site's operator acts, by SQL or by a command.
  IF TG_OP = 'INSERT' THEN
    IF NEW.accepted_at IS NOT NULL OR NEW.revoked_at IS NOT NULL THEN
      PERFORM refuse('invitation_facts_stay', TG_TABLE_NAME, 'it begins open');
    END IF;
    IF actor <> NEW.invited_by_id THEN
      PERFORM refuse('invitation_by_its_person', TG_TABLE_NAME,
        format('by %s', actor));
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
  IF actor <> NEW.accepted_by_id
     OR actor <> NEW.invited_by_id AND (NEW.digest, NEW.invited_by_id)
       IS DISTINCT FROM (OLD.digest, OLD.invited_by_id) THEN
    PERFORM refuse('invitation_by_its_person', TG_TABLE_NAME, format('by %s', actor));
  END IF;
  NEW.expires_at := CASE WHEN NEW.digest = OLD.digest THEN OLD.expires_at
    ELSE moment + interval '14 days' END;
  NEW.accepted_at := CASE WHEN NEW.accepted_at IS NOT NULL THEN moment END;
  NEW.revoked_at := CASE WHEN NEW.revoked_at IS NOT NULL THEN moment END;
  RETURN NEW;
END $$;
"""

REVERSE = """
CREATE OR REPLACE FUNCTION guard_invitation() RETURNS trigger
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

DROP TRIGGER admin_log_by_its_person ON django_admin_log;
DROP TRIGGER membership_stays_with_its_person ON accounts_membership;
DROP TRIGGER session_ends_in_time ON django_session;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_trigrams_of_people"),
        ("core", "0005_stamps"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
