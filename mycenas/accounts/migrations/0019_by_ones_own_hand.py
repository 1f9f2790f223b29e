from django.db import migrations

# These judge changes only: rows that are there stay as they are. Without an actor the
# person signs in or up, or the site's operator acts.
FORWARD = """
CREATE TRIGGER authenticator_by_its_person BEFORE INSERT OR UPDATE ON mfa_authenticator
  FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '')::bigint
    <> NEW.user_id)
  EXECUTE FUNCTION refuse_row('authenticator_by_its_person');
ALTER TABLE mfa_authenticator ENABLE ALWAYS TRIGGER authenticator_by_its_person;

CREATE TRIGGER authenticator_stays_with_its_person BEFORE UPDATE ON mfa_authenticator
  FOR EACH ROW WHEN (OLD.user_id <> NEW.user_id OR OLD.type <> NEW.type)
  EXECUTE FUNCTION refuse_row('authenticator_by_its_person');
ALTER TABLE mfa_authenticator ENABLE ALWAYS TRIGGER authenticator_stays_with_its_person;

CREATE FUNCTION emailaddress_by_its_person() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_user WHERE is_active AND is_superuser
      AND id = current_setting('mycenas.actor')::bigint) THEN
    PERFORM refuse('emailaddress_by_its_person', TG_TABLE_NAME,
      format('of %s', NEW.user_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER emailaddress_by_its_person BEFORE INSERT OR UPDATE
  ON account_emailaddress
  FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '')::bigint
    <> NEW.user_id)
  EXECUTE FUNCTION emailaddress_by_its_person();
ALTER TABLE account_emailaddress ENABLE ALWAYS TRIGGER emailaddress_by_its_person;

CREATE FUNCTION invitation_by_organizer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM accounts_user
      WHERE id = NEW.invited_by_id AND is_active AND (is_superuser
        OR EXISTS (SELECT FROM accounts_membership WHERE role = 'organizer'
          AND user_id = NEW.invited_by_id
          AND organization_id = NEW.organization_id))) THEN
    PERFORM refuse('invitation_by_organizer', TG_TABLE_NAME,
      format('by %s', NEW.invited_by_id));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER invitation_by_organizer BEFORE INSERT ON accounts_invitation
  FOR EACH ROW EXECUTE FUNCTION invitation_by_organizer();
ALTER TABLE accounts_invitation ENABLE ALWAYS TRIGGER invitation_by_organizer;

CREATE TRIGGER invitation_renewed_by_organizer BEFORE UPDATE ON accounts_invitation
  FOR EACH ROW WHEN ((OLD.digest, OLD.invited_by_id)
    IS DISTINCT FROM (NEW.digest, NEW.invited_by_id))
  EXECUTE FUNCTION invitation_by_organizer();
ALTER TABLE accounts_invitation ENABLE ALWAYS TRIGGER invitation_renewed_by_organizer;
"""

REVERSE = """
DROP TRIGGER invitation_renewed_by_organizer ON accounts_invitation;
DROP TRIGGER invitation_by_organizer ON accounts_invitation;
DROP FUNCTION invitation_by_organizer();
DROP TRIGGER emailaddress_by_its_person ON account_emailaddress;
DROP FUNCTION emailaddress_by_its_person();
DROP TRIGGER authenticator_stays_with_its_person ON mfa_authenticator;
DROP TRIGGER authenticator_by_its_person ON mfa_authenticator;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_texts_can_be_seen"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("core", "0002_refusals"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
