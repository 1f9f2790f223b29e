from django.db import migrations

# The content type of the moved model changes its app, so that permissions, grants and
# the admin's log keep pointing to it. A second one exists if an earlier run of migrate
# ended between the two migrations; its grants and log lines go to the first one.
RENAME = """
DO $$ DECLARE first integer; second integer; BEGIN
  SELECT id INTO first FROM django_content_type
    WHERE app_label = '{before}' AND model = 'receiptkey';
  SELECT id INTO second FROM django_content_type
    WHERE app_label = '{after}' AND model = 'receiptkey';
  IF first IS NULL THEN
    RETURN;
  END IF;
  IF second IS NOT NULL THEN
    INSERT INTO auth_group_permissions (group_id, permission_id)
      SELECT granted.group_id, kept.id FROM auth_group_permissions granted
      JOIN auth_permission gone
        ON gone.id = granted.permission_id AND gone.content_type_id = second
      JOIN auth_permission kept
        ON kept.content_type_id = first AND kept.codename = gone.codename
      ON CONFLICT DO NOTHING;
    INSERT INTO accounts_user_user_permissions (user_id, permission_id)
      SELECT granted.user_id, kept.id FROM accounts_user_user_permissions granted
      JOIN auth_permission gone
        ON gone.id = granted.permission_id AND gone.content_type_id = second
      JOIN auth_permission kept
        ON kept.content_type_id = first AND kept.codename = gone.codename
      ON CONFLICT DO NOTHING;
    UPDATE django_admin_log SET content_type_id = first WHERE content_type_id = second;
    DELETE FROM auth_group_permissions WHERE permission_id IN (
      SELECT id FROM auth_permission WHERE content_type_id = second);
    DELETE FROM accounts_user_user_permissions WHERE permission_id IN (
      SELECT id FROM auth_permission WHERE content_type_id = second);
    DELETE FROM auth_permission WHERE content_type_id = second;
    DELETE FROM django_content_type WHERE id = second;
  END IF;
  UPDATE django_content_type SET app_label = '{after}' WHERE id = first;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_receipt_key"),
        ("submissions", "0021_receipt_key_moved"),
        ("accounts", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunSQL(
            RENAME.format(before="submissions", after="core"),
            RENAME.format(before="core", after="submissions"),
        )
    ]
