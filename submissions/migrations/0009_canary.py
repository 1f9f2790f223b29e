from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0008_lost_leases"),
    ]

    operations = [
        migrations.CreateModel(
            name="Canary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("began_at", models.DateTimeField(null=True)),
                ("original", models.CharField(blank=True, max_length=200)),
                (
                    "sha256",
                    models.CharField(blank=True, max_length=64, verbose_name="SHA-256"),
                ),
                ("size", models.PositiveIntegerField(default=0)),
                ("finished", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="canary_is_alone"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("finished__lte", models.F("attempt"))),
                        name="canary_finishes_what_began",
                    ),
                ],
            },
        ),
    ]
