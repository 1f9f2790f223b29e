from datetime import UTC, datetime

import django.db.models.functions.datetime
from django.db import migrations, models

YEARS = (datetime(1999, 12, 31, tzinfo=UTC), datetime(2201, 1, 2, tzinfo=UTC))


class Migration(migrations.Migration):
    """The model moves from submissions to core; its table stays as it is."""

    dependencies = [
        ("core", "0006_bounds"),
        ("submissions", "0020_upload_without_metadata"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="ReceiptKey",
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
                        ("kid", models.CharField(max_length=43, unique=True)),
                        ("public", models.JSONField()),
                        ("private", models.TextField()),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        ("retired_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name": "receipt key",
                        "verbose_name_plural": "receipt keys",
                        "db_table": "submissions_receiptkey",
                        "ordering": ("pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("retired_at", None)),
                                fields=("retired_at",),
                                name="receipt_key_signs_alone",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("created_at__range", YEARS)),
                                name="receiptkey_created_at_bounds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("retired_at__range", YEARS)),
                                name="receiptkey_retired_at_bounds",
                            ),
                        ],
                    },
                ),
            ],
            database_operations=[],
        ),
    ]
