import datetime
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("competitions", "0010_slugs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CompetitionInvitation",
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
                    "name",
                    models.CharField(blank=True, max_length=120, verbose_name="name"),
                ),
                (
                    "email",
                    models.EmailField(max_length=254, verbose_name="e-mail address"),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("organizer", "organizer"),
                            ("moderator", "moderator"),
                            ("juror", "juror"),
                            ("sponsor", "sponsor"),
                        ],
                        max_length=16,
                        verbose_name="role",
                    ),
                ),
                (
                    "digest",
                    models.CharField(editable=False, max_length=64, unique=True),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                    ),
                ),
                ("accepted_at", models.DateTimeField(editable=False, null=True)),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "competition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="competitions.competition",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["organizer", "moderator", "juror", "sponsor"])
                        ),
                        name="competitioninvitation_known_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", django.db.models.functions.text.Lower("email")),
                            ("email__regex", '^([!-?A-~]+|"[!-~]+")@[!-?A-~]+$'),
                            models.Q(("email__endswith", "."), _negated=True),
                        ),
                        name="competitioninvitation_email_canonical",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(
                                ("accepted_at__isnull", False),
                                ("accepted_by__isnull", False),
                                ("revoked_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="competitioninvitation_ends_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        fields=("competition", "email", "role"),
                        name="competition_invitation_open_once",
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
                        name="competitioninvitation_created_at_bounds",
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
                        name="competitioninvitation_expires_at_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "accepted_at__range",
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
                        name="competitioninvitation_accepted_at_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "revoked_at__range",
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
                        name="competitioninvitation_revoked_at_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CompetitionRole",
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
                    "role",
                    models.CharField(
                        choices=[
                            ("organizer", "organizer"),
                            ("moderator", "moderator"),
                            ("juror", "juror"),
                            ("sponsor", "sponsor"),
                        ],
                        max_length=16,
                        verbose_name="role",
                    ),
                ),
                (
                    "competition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="roles",
                        to="competitions.competition",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="competition_roles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "role in a competition",
                "verbose_name_plural": "roles in competitions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("competition", "user", "role"),
                        name="competition_role_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["organizer", "moderator", "juror", "sponsor"])
                        ),
                        name="competitionrole_known_role",
                    ),
                ],
            },
        ),
    ]
