from django.db import migrations, models


def quarter(shift):
    return migrations.AddIndex(
        model_name="submission",
        index=models.Index(
            models.F("dhash").bitrightshift(shift).bitand(0xFFFF),
            condition=models.Q(("dhash__isnull", False)),
            name=f"submission_hash_{shift}",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("submissions", "0027_replacements")]

    operations = [quarter(shift) for shift in (0, 16, 32, 48)]
