from django.db import migrations

# Rows that are there already keep their moments. Django writes these by the clock of the
# web server; from now on they are those of the database clock.
FORWARD = """
CREATE TRIGGER user_stamped_when_new BEFORE INSERT ON accounts_user
  FOR EACH ROW WHEN (NEW.last_login IS NOT NULL)
  EXECUTE FUNCTION stamp('last_login');
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_stamped_when_new;

CREATE TRIGGER user_stamped_when_signed_in BEFORE UPDATE ON accounts_user
  FOR EACH ROW WHEN (OLD.last_login IS DISTINCT FROM NEW.last_login)
  EXECUTE FUNCTION stamp('last_login');
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_stamped_when_signed_in;

CREATE TRIGGER authenticator_stamped_when_made BEFORE INSERT ON mfa_authenticator
  FOR EACH ROW EXECUTE FUNCTION stamp('created_at', 'last_used_at');
ALTER TABLE mfa_authenticator ENABLE ALWAYS TRIGGER authenticator_stamped_when_made;

CREATE TRIGGER authenticator_stamped_when_used BEFORE UPDATE ON mfa_authenticator
  FOR EACH ROW WHEN (OLD.last_used_at IS DISTINCT FROM NEW.last_used_at)
  EXECUTE FUNCTION stamp('last_used_at');
ALTER TABLE mfa_authenticator ENABLE ALWAYS TRIGGER authenticator_stamped_when_used;

CREATE TRIGGER authenticator_making_stays BEFORE UPDATE ON mfa_authenticator
  FOR EACH ROW WHEN (OLD.created_at IS DISTINCT FROM NEW.created_at)
  EXECUTE FUNCTION keep_value('created_at');
ALTER TABLE mfa_authenticator ENABLE ALWAYS TRIGGER authenticator_making_stays;

CREATE TRIGGER emailconfirmation_stamped_when_made
  BEFORE INSERT ON account_emailconfirmation
  FOR EACH ROW EXECUTE FUNCTION stamp('created', 'sent');
ALTER TABLE account_emailconfirmation
  ENABLE ALWAYS TRIGGER emailconfirmation_stamped_when_made;

CREATE TRIGGER emailconfirmation_stamped_when_changed
  BEFORE UPDATE ON account_emailconfirmation
  FOR EACH ROW WHEN ((OLD.created, OLD.sent) IS DISTINCT FROM (NEW.created, NEW.sent))
  EXECUTE FUNCTION stamp('created', 'sent');
ALTER TABLE account_emailconfirmation
  ENABLE ALWAYS TRIGGER emailconfirmation_stamped_when_changed;

CREATE TRIGGER admin_log_stamped BEFORE INSERT ON django_admin_log
  FOR EACH ROW EXECUTE FUNCTION stamp('action_time');
ALTER TABLE django_admin_log ENABLE ALWAYS TRIGGER admin_log_stamped;

CREATE FUNCTION admin_log_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM accounts_user WHERE id = OLD.user_id) THEN
    PERFORM refuse('admin_log_stays', TG_TABLE_NAME, format('id %s', OLD.id));
  END IF;
  RETURN NULL;
END $$;

-- Django deletes the entries of a person before the person: it counts at the commit.
CREATE CONSTRAINT TRIGGER admin_log_stays AFTER DELETE ON django_admin_log
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION admin_log_stays();
ALTER TABLE django_admin_log ENABLE ALWAYS TRIGGER admin_log_stays;
"""

REVERSE = """
DROP TRIGGER admin_log_stays ON django_admin_log;
DROP FUNCTION admin_log_stays();
DROP TRIGGER admin_log_stamped ON django_admin_log;
DROP TRIGGER emailconfirmation_stamped_when_changed ON account_emailconfirmation;
DROP TRIGGER emailconfirmation_stamped_when_made ON account_emailconfirmation;
DROP TRIGGER authenticator_making_stays ON mfa_authenticator;
DROP TRIGGER authenticator_stamped_when_used ON mfa_authenticator;
DROP TRIGGER authenticator_stamped_when_made ON mfa_authenticator;
DROP TRIGGER user_stamped_when_signed_in ON accounts_user;
DROP TRIGGER user_stamped_when_new ON accounts_user;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_organization_slugs"),
        ("core", "0009_days_and_first_values"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
