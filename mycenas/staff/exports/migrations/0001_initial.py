import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import functools
import secrets
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
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
                (
                    "kind",
                    models.CharField(
                        editable=False, max_length=32, verbose_name="rows"
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "CSV")],
                        editable=False,
                        max_length=8,
                        verbose_name="format",
                    ),
                ),
                ("scope", models.CharField(blank=True, editable=False, max_length=32)),
                ("scope_id", models.BigIntegerField(editable=False, null=True)),
                (
                    "scope_name",
                    models.CharField(editable=False, max_length=240, verbose_name="of"),
                ),
                ("filters", models.JSONField(default=dict, editable=False)),
                (
                    "key",
                    models.CharField(
                        default=functools.partial(secrets.token_urlsafe, *(24,)),
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "waiting"),
                            ("running", "being written"),
                            ("done", "ready"),
                            ("failed", "failed"),
                            ("expired", "expired"),
                        ],
                        default="queued",
                        editable=False,
                        max_length=24,
                        verbose_name="state",
                    ),
                ),
                (
                    "attempt",
                    models.PositiveSmallIntegerField(db_default=0, editable=False),
                ),
                ("lease_until", models.DateTimeField(editable=False, null=True)),
                ("total", models.BigIntegerField(editable=False, null=True)),
                ("written", models.BigIntegerField(db_default=0, editable=False)),
                ("columns", models.JSONField(default=list, editable=False)),
                (
                    "row_count",
                    models.BigIntegerField(
                        editable=False, null=True, verbose_name="row count"
                    ),
                ),
                (
                    "size",
                    models.BigIntegerField(
                        editable=False, null=True, verbose_name="size in bytes"
                    ),
                ),
                (
                    "sha256",
                    models.CharField(
                        editable=False,
                        max_length=64,
                        null=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9a-f]{64}\\Z",
                                "A SHA-256 is 64 hexadecimal digits.",
                            )
                        ],
                        verbose_name="SHA-256",
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        editable=False,
                        max_length=400,
                        verbose_name="problem",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="requested",
                    ),
                ),
                ("started_at", models.DateTimeField(editable=False, null=True)),
                (
                    "finished_at",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="finished"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="available until"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ("-pk",),
                "indexes": [
                    models.Index(
                        fields=["scope", "scope_id", "id"], name="export_of_scope"
                    ),
                    models.Index(
                        fields=["requested_by", "id"], name="export_of_person"
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("failed", "expired")), _negated=True
                        ),
                        fields=["state", "id"],
                        name="export_in_work",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["queued", "running", "done", "failed", "expired"],
                            )
                        ),
                        name="export_known_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scope", ""), ("scope_id", None)),
                            models.Q(
                                models.Q(("scope", ""), _negated=True),
                                ("scope_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="export_of_a_scope",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sha256", None),
                            ("sha256__regex", "^[0-9a-f]{64}$"),
                            _connector="OR",
                        ),
                        name="export_sha256_is_hex",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("lease_until", None),
                                ("problem", ""),
                                ("started_at", None),
                                ("state", "queued"),
                                ("expires_at", None),
                                ("finished_at", None),
                                ("row_count", None),
                                ("sha256", None),
                                ("size", None),
                            ),
                            models.Q(
                                ("problem", ""),
                                ("state", "running"),
                                ("lease_until__isnull", False),
                                ("started_at__isnull", False),
                                ("expires_at", None),
                                ("finished_at", None),
                                ("row_count", None),
                                ("sha256", None),
                                ("size", None),
                            ),
                            models.Q(
                                ("lease_until", None),
                                ("problem", ""),
                                ("state__in", ("done", "expired")),
                                ("started_at__isnull", False),
                                ("expires_at__isnull", False),
                                ("finished_at__isnull", False),
                                ("row_count__isnull", False),
                                ("sha256__isnull", False),
                                ("size__isnull", False),
                            ),
                            models.Q(
                                ("expires_at", None),
                                ("lease_until", None),
                                ("sha256", None),
                                ("state", "failed"),
                                ("row_count", None),
                                ("size", None),
                                ("finished_at__isnull", False),
                                ("started_at__isnull", False),
                                models.Q(("problem", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="export_facts_tied",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "lease_until__range",
                                (
                                    datetime.datetime(
                                        1999, 12, 31, 0, 0, tzinfo=datetime.UTC
                                    ),
                                    datetime.datetime(
                                        2201, 1, 2, 0, 0, tzinfo=datetime.UTC
                                    ),
                                ),
                            )
                        ),
                        name="export_lease_until_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "created_at__range",
                                (
                                    datetime.datetime(
                                        1999, 12, 31, 0, 0, tzinfo=datetime.UTC
                                    ),
                                    datetime.datetime(
                                        2201, 1, 2, 0, 0, tzinfo=datetime.UTC
                                    ),
                                ),
                            )
                        ),
                        name="export_created_at_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "started_at__range",
                                (
                                    datetime.datetime(
                                        1999, 12, 31, 0, 0, tzinfo=datetime.UTC
                                    ),
                                    datetime.datetime(
                                        2201, 1, 2, 0, 0, tzinfo=datetime.UTC
                                    ),
                                ),
                            )
                        ),
                        name="export_started_at_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "finished_at__range",
                                (
                                    datetime.datetime(
                                        1999, 12, 31, 0, 0, tzinfo=datetime.UTC
                                    ),
                                    datetime.datetime(
                                        2201, 1, 2, 0, 0, tzinfo=datetime.UTC
                                    ),
                                ),
                            )
                        ),
                        name="export_finished_at_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "expires_at__range",
                                (
                                    datetime.datetime(
                                        1999, 12, 31, 0, 0, tzinfo=datetime.UTC
                                    ),
                                    datetime.datetime(
                                        2201, 1, 2, 0, 0, tzinfo=datetime.UTC
                                    ),
                                ),
                            )
                        ),
                        name="export_expires_at_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempt__range", (0, 30000))),
                        name="export_attempt_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scope_id__range", (1, 4611686018427387904))
                        ),
                        name="export_scope_id_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total__range", (0, 4611686018427387904))),
                        name="export_total_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("written__range", (0, 4611686018427387904))
                        ),
                        name="export_written_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("row_count__range", (0, 4611686018427387904))
                        ),
                        name="export_row_count_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__range", (0, 2251799813685248))),
                        name="export_size_bounds",
                    ),
                ],
            },
        ),
    ]
