from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat, Left

# A canary that names another file, or none, begins anew: nothing is removed for it.
# Entries that are there keep their files; `migrate` stops if one has a canary's.
REPAIR = """
UPDATE submissions_canary SET attempt = 0, finished = 0, original = '', sha256 = '',
  size = 0
WHERE NOT (original = '' AND finished = attempt)
  AND NOT (sha256 ~ '^[0-9a-f]{64}$' AND original ~ ('^' || left(sha256, 2) || '/'
    || sha256 || '-canary-' || attempt || '(-[0-9a-f]{8})?$'));
"""

OWN_NAME = Concat(
    Value("^"),
    Left("sha256", 2),
    Value("/"),
    F("sha256"),
    Value("-canary-"),
    Cast("attempt", models.TextField()),
    Value("(-[0-9a-f]{8})?$"),
    output_field=models.TextField(),
)


class Migration(migrations.Migration):
    dependencies = [("submissions", "0045_decided_by_role")]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="canary",
            constraint=models.CheckConstraint(
                condition=Q(original="", finished=F("attempt"))
                | Q(sha256__regex=r"^[0-9a-f]{64}$", original__regex=OWN_NAME),
                name="canary_has_a_file_of_its_own",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=~Q(original__regex=r"^../[0-9a-f]{64}-canary-[0-9]+(-|$)"),
                name="submission_file_is_no_canarys",
            ),
        ),
    ]
