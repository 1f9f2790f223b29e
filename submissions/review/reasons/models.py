"""Why entries are rejected, in an organization's own words."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import Organization
from mycenas.core.db.bounds import numbers
from mycenas.core.fields import Prose
from mycenas.core.models import ConstrainedModel

LAST_POSITION = 9999
CODE = r"^[a-z0-9]+(-[a-z0-9]+)*$"
KEY = r"^[a-z0-9]$"
# What these letters do in the queue they also do while a reason is chosen.
SHORTCUTS = ("a", "j", "k", "r", "u", "x", "z")
LONGEST_TEXT = 500


class ReasonQuerySet(models.QuerySet["Reason"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True).prefetch_related("texts")


class Reason(ConstrainedModel):
    """A reason code of an organization; its texts are one for each language."""

    organization = models.ForeignKey(
        Organization,
        models.CASCADE,
        related_name="reasons",
        verbose_name=_("organization"),
    )
    code = models.CharField(
        _("code"),
        max_length=20,
        help_text=_("It stays as it is. For example: off-topic."),
    )
    key = models.CharField(
        _("key"),
        max_length=1,
        help_text=_("The key that chooses it after “r”: a small letter or a digit."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(
        _("in use"),
        default=True,
        help_text=_("Rejections keep the text that was sent."),
    )

    objects = ReasonQuerySet.as_manager()

    class Meta:
        ordering = ("organization", "position", "pk")
        verbose_name = _("reason for rejecting")
        verbose_name_plural = _("reasons for rejecting")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "code"], name="reason_code_once"
            ),
            models.UniqueConstraint(
                fields=["organization", "key"],
                condition=Q(is_active=True),
                name="reason_key_once",
            ),
            models.CheckConstraint(
                name="reason_code_in_small_letters", condition=Q(code__regex=CODE)
            ),
            models.CheckConstraint(
                name="reason_key_is_one_key", condition=Q(key__regex=KEY)
            ),
            models.CheckConstraint(
                name="reason_key_is_no_shortcut", condition=~Q(key__in=SHORTCUTS)
            ),
            *numbers(0, LAST_POSITION, "position"),
        ]

    def __str__(self) -> str:
        return self.code

    def text_in(self, language: str) -> str:
        """The text in ``language``, or else the first one that there is."""
        texts = {one.language: one.text for one in self.texts.all()}
        return texts.get(language) or next(iter(texts.values()), self.code)


class ReasonText(ConstrainedModel):
    """What artists read of a reason, in one language."""

    reason = models.ForeignKey(Reason, models.CASCADE, related_name="texts")
    # Its choices are the languages of the site, which forms know.
    language = models.CharField(_("language"), max_length=16)
    text = Prose(
        _("text"),
        max_length=LONGEST_TEXT,
        help_text=_("The artist will read it: name the rule and what could help."),
    )

    class Meta:
        ordering = ("pk",)
        verbose_name = _("text of a reason")
        verbose_name_plural = _("texts of a reason")
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "language"], name="reason_text_once_per_language"
            ),
            models.CheckConstraint(
                name="reason_text_is_short",
                condition=Q(LessThanOrEqual(Length("text"), LONGEST_TEXT))
                & ~Q(text=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason}, {self.language}"
