from django.db import migrations, models
from django.db.models.functions import Lower

# Of two slugs that differ in case the older one stays; the other gets its key.
REPAIR = """
SELECT set_config('mycenas.actor', '', true),
  set_config('mycenas.source', 'migrate accounts.0011_organization_slugs', true),
  set_config('mycenas.reason',
    'Two slugs differ by more than the case of their letters.', true);
UPDATE accounts_organization AS one SET slug = left(slug, 35) || '-' || id
  WHERE EXISTS (SELECT FROM accounts_organization AS other
    WHERE lower(other.slug) = lower(one.slug) AND other.id < one.id);
SELECT set_config('mycenas.source', '', true), set_config('mycenas.reason', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_staff_by_role")]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.UniqueConstraint(
                Lower("slug"), name="organization_slug_once_in_any_case"
            ),
        ),
    ]
