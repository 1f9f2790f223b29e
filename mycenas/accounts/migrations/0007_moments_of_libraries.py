from django.db import migrations

# Moments beyond the bounds go to the nearest bound, and an unknown act of the admin's
# log becomes a change; these tables have no lines in the journal. The date on which a
# person joined stays as it is.
FORWARD = """
SET CONSTRAINTS ALL IMMEDIATE;
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT * FROM (VALUES
    ('account_emailconfirmation', 'created'),
    ('account_emailconfirmation', 'sent'),
    ('django_session', 'expire_date'),
    ('mfa_authenticator', 'created_at'),
    ('mfa_authenticator', 'last_used_at'),
    ('django_admin_log', 'action_time')
  ) AS columns (place, name) LOOP
    EXECUTE format($repair$UPDATE %1$I SET %2$I =
      greatest(least(%2$I, '2200-12-30 00:00+00'), '2000-01-02 00:00+00')
      WHERE NOT %2$I BETWEEN '1999-12-31 00:00+00' AND '2201-01-02 00:00+00'$repair$,
      one.place, one.name);
  END LOOP;
END $$;
UPDATE django_admin_log SET action_flag = 2 WHERE action_flag NOT BETWEEN 1 AND 3;

ALTER TABLE account_emailconfirmation
  ADD CONSTRAINT emailconfirmation_created_bounds CHECK (created
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT emailconfirmation_sent_bounds CHECK (sent
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
ALTER TABLE django_session
  ADD CONSTRAINT session_expire_date_bounds CHECK (expire_date
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
ALTER TABLE mfa_authenticator
  ADD CONSTRAINT authenticator_created_at_bounds CHECK (created_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT authenticator_last_used_at_bounds CHECK (last_used_at
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz);
ALTER TABLE django_admin_log
  ADD CONSTRAINT logentry_action_time_bounds CHECK (action_time
    BETWEEN '1999-12-31 00:00+00'::timestamptz AND '2201-01-02 00:00+00'::timestamptz),
  ADD CONSTRAINT logentry_action_flag_bounds CHECK (action_flag BETWEEN 1 AND 3);

CREATE TRIGGER user_stamped_when_made BEFORE INSERT ON accounts_user
  FOR EACH ROW WHEN (NEW.date_joined IS DISTINCT FROM statement_timestamp())
  EXECUTE FUNCTION stamp('date_joined');
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_stamped_when_made;

-- Django saves all columns of a person, this one by the clock of the web server.
CREATE TRIGGER user_joining_stays BEFORE UPDATE ON accounts_user
  FOR EACH ROW WHEN (OLD.date_joined IS DISTINCT FROM NEW.date_joined)
  EXECUTE FUNCTION keep_value('date_joined');
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER user_joining_stays;
"""

REVERSE = """
DROP TRIGGER user_joining_stays ON accounts_user;
DROP TRIGGER user_stamped_when_made ON accounts_user;
ALTER TABLE account_emailconfirmation
  DROP CONSTRAINT emailconfirmation_created_bounds,
  DROP CONSTRAINT emailconfirmation_sent_bounds;
ALTER TABLE django_session
  DROP CONSTRAINT session_expire_date_bounds;
ALTER TABLE mfa_authenticator
  DROP CONSTRAINT authenticator_created_at_bounds,
  DROP CONSTRAINT authenticator_last_used_at_bounds;
ALTER TABLE django_admin_log
  DROP CONSTRAINT logentry_action_time_bounds,
  DROP CONSTRAINT logentry_action_flag_bounds;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_bounds"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("core", "0009_days_and_first_values"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
