from django.db import migrations

# These judge changes only: rows that are there stay as they are. Without an actor a
# person signs up or resets a password, or the site's operator acts.
FORWARD = """
CREATE FUNCTION superuser_acts() RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM accounts_user WHERE is_active AND is_superuser
    AND id = nullif(current_setting('mycenas.actor', true), '')::bigint);
$$;

CREATE FUNCTION user_by_itself() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT superuser_acts() THEN
    PERFORM refuse('user_by_itself', TG_TABLE_NAME,
      format('by %s', current_setting('mycenas.actor')));
  END IF;
  RETURN NEW;
END $$;

-- What is_staff says follows from the roles.
CREATE TRIGGER user_changed_by_itself BEFORE UPDATE ON accounts_user
  FOR EACH ROW WHEN (nullif(current_setting('mycenas.actor', true), '') IS NOT NULL
    AND (nullif(current_setting('mycenas.actor', true), '')::bigint <> OLD.id
      AND (OLD.email, OLD.name, OLD.password, OLD.is_active, OLD.session_generation)
        IS DISTINCT FROM
        (NEW.email, NEW.name, NEW.password, NEW.is_active, NEW.session_generation)
      OR OLD.is_superuser <> NEW.is_superuser))
  EXECUTE FUNCTION user_by_itself();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_changed_by_itself;

CREATE TRIGGER user_made_superuser_by_superuser BEFORE INSERT ON accounts_user
  FOR EACH ROW WHEN (NEW.is_superuser AND nullif(current_setting('mycenas.actor', true), '') IS NOT NULL)
  EXECUTE FUNCTION user_by_itself();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_made_superuser_by_superuser;
"""

REVERSE = """
DROP TRIGGER user_made_superuser_by_superuser ON accounts_user;
DROP TRIGGER user_changed_by_itself ON accounts_user;
DROP FUNCTION user_by_itself();
DROP FUNCTION superuser_acts();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0019_by_ones_own_hand"),
        ("core", "0002_refusals"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
