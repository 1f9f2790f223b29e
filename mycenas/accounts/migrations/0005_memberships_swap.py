from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_canonical_mail")]

    operations = [
        migrations.RemoveConstraint("membership", "membership_once"),
        migrations.AddConstraint(
            "membership",
            models.UniqueConstraint(
                fields=["organization", "user", "role"],
                name="membership_once",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ),
    ]
