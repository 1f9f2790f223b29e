"""People, the organizations they work for, and their roles there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Coalesce, Lower, Now, NullIf
from django.utils.translation import gettext_lazy as _

from mycenas.core.addresses import canonical_if_any
from mycenas.core.db.bounds import MOST_COUNTED, datetimes, numbers
from mycenas.core.fields import Line, MailAddress
from mycenas.core.models import ConstrainedModel

# Visible ASCII on both sides of one "@"; a quoted local part may hold another.
MAIL_ADDRESS = r'^([!-?A-~]+|"[!-~]+")@[!-?A-~]+$'


def shown_name(path: str = "") -> Coalesce:
    """The name of a person as `User.__str__` has it; ``path`` leads to the person."""
    name = NullIf(f"{path}name", models.Value(""))
    return Coalesce(name, f"{path}email", output_field=models.TextField())


class AccountManager(UserManager["User"]):
    """Creates people by e-mail address; there are no user names."""

    use_in_migrations = False

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The one way an address is written; see mycenas/core/addresses.py."""
        return canonical_if_any(email or "")

    def create_user(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        return self.create_user(
            email, password, **{"is_staff": True, "is_superuser": True, **fields}
        )


class User(ConstrainedModel, AbstractUser):
    """A person, known by e-mail address and by the name shown beside their work."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = MailAddress(_("e-mail address"), unique=True)
    name = Line(
        _("name"),
        max_length=120,
        blank=True,
        help_text=_("Shown beside your work."),
    )

    # Raised when a second factor is added or removed: sessions begun before end.
    session_generation = models.PositiveIntegerField(
        default=0, db_default=0, editable=False
    )

    # What the session of this request says; see mycenas/accounts/second_factor.py.
    proof: Mapping[str, Any] | None = None

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            GinIndex(OpClass(shown_name(), name="gin_trgm_ops"), name="user_by_name"),
            GinIndex(
                fields=["email"], opclasses=["gin_trgm_ops"], name="user_by_address"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email"))
                & models.Q(email__regex=MAIL_ADDRESS)
                & ~models.Q(email__endswith="."),
                name="user_email_canonical",
            ),
            *datetimes("last_login", "date_joined"),
            *numbers(0, MOST_COUNTED, "session_generation"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django's hash, which ends sessions also by ``session_generation``."""
        made: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{made}-{self.session_generation}" if self.session_generation else made

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Organization(ConstrainedModel):
    """Who runs competitions."""

    name = Line(_("name"), max_length=160)
    slug = models.SlugField(_("slug"), unique=True)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="organizations"
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            models.UniqueConstraint(
                Lower("slug"), name="organization_slug_once_in_any_case"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    ORGANIZER = "organizer", _("organizer")
    MODERATOR = "moderator", _("moderator")
    JUROR = "juror", _("juror")
    SPONSOR = "sponsor", _("sponsor")


STAFF_ROLES = (Role.ORGANIZER, Role.MODERATOR)


class AbstractRole(ConstrainedModel):
    """One role of one person in one row of a scope; see mycenas/accounts/scopes.py."""

    user: models.ForeignKey[User, User]
    role = models.CharField(_("role"), max_length=16, choices=Role)

    class Meta:
        abstract = True


class Membership(AbstractRole):
    """One role of one person in one organization, and so in all its competitions."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "role"],
                name="membership_once",
                # Two rows may swap people or roles in one save.
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_known_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.organization}"


OPEN_INVITATION = models.Q(accepted_at=None, revoked_at=None)


class AbstractInvitation(ConstrainedModel):
    """A role offered by mail. ``digest`` is the SHA-256 of the secret in the link.

    The database sets ``expires_at``: 14 days after the newest secret was stored.
    """

    name = Line(_("name"), max_length=120, blank=True)
    email = MailAddress(_("e-mail address"))
    role = models.CharField(_("role"), max_length=16, choices=Role)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, models.CASCADE, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(db_default=Now(), editable=False)
    accepted_by = models.ForeignKey(
        User, models.CASCADE, related_name="+", null=True, editable=False
    )
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values),
                name="%(class)s_known_role",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email"))
                & models.Q(email__regex=MAIL_ADDRESS)
                & ~models.Q(email__endswith="."),
                name="%(class)s_email_canonical",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(
                    accepted_at__isnull=False,
                    accepted_by__isnull=False,
                    revoked_at=None,
                ),
                name="%(class)s_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.email}, {self.get_role_display()}"


INVITATION_DATES = ("created_at", "expires_at", "accepted_at", "revoked_at")


class Invitation(AbstractInvitation):
    """An invitation to a role in an organization."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="invitations"
    )

    class Meta(AbstractInvitation.Meta):
        constraints = [
            *AbstractInvitation.Meta.constraints,
            models.UniqueConstraint(
                fields=["organization", "email", "role"],
                condition=OPEN_INVITATION,
                name="invitation_open_once",
            ),
            *datetimes(*INVITATION_DATES),
        ]
