"""Roles of people in single competitions, and invitations to them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.accounts.models import (
    INVITATION_DATES,
    OPEN_INVITATION,
    AbstractInvitation,
    AbstractRole,
    Role,
    User,
)
from mycenas.core.db.bounds import datetimes


class CompetitionRole(AbstractRole):
    """One role of one person in one competition."""

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="roles")
    user = models.ForeignKey(User, models.CASCADE, related_name="competition_roles")

    class Meta:
        verbose_name = _("role in a competition")
        verbose_name_plural = _("roles in competitions")
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "user", "role"], name="competition_role_once"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values),
                name="competitionrole_known_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.competition}"


class CompetitionInvitation(AbstractInvitation):
    """An invitation to a role in a competition."""

    competition = models.ForeignKey(
        Competition, models.CASCADE, related_name="invitations"
    )

    class Meta(AbstractInvitation.Meta):
        constraints = [
            *AbstractInvitation.Meta.constraints,
            models.UniqueConstraint(
                fields=["competition", "email", "role"],
                condition=OPEN_INVITATION,
                name="competition_invitation_open_once",
            ),
            *datetimes(*INVITATION_DATES),
        ]
