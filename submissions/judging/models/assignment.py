"""Which juror judges which entry, what keeps one from it, and the scores."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import datetimes, numbers
from mycenas.core.fields import Prose
from mycenas.core.models import STATE_WIDTH, ConstrainedModel, Stateful
from mycenas.core.states.machine import StateMachine
from submissions.judging.models.parts import Juror
from submissions.judging.models.round import LONGEST_REASON, MOST_LOAD, Round
from submissions.judging.states import (
    ASSIGNMENT,
    AssignmentState,
    ConflictKind,
    RemarkKind,
)
from submissions.models import Submission

MOST_VERSIONS = 10_000
LONGEST_REMARK = 4000


def _fits(name: str, column: str, most: int) -> models.CheckConstraint:
    """The limit of a form, which a text keeps that comes another way as well."""
    condition = Q(LessThanOrEqual(Length(column), most))
    return models.CheckConstraint(name=name, condition=condition)


class Conflict(ConstrainedModel):
    """Why a person does not judge an entry, in any round.

    The reason is private: the journal leaves it out.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="conflicts",
        verbose_name=_("person"),
        editable=False,
    )
    submission = models.ForeignKey(
        Submission,
        models.PROTECT,
        related_name="conflicts",
        verbose_name=_("entry"),
        editable=False,
    )
    kind = models.CharField(_("kind"), max_length=16, choices=ConflictKind)
    reason = Prose(_("reason"), max_length=LONGEST_REASON, blank=True)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("declared by"),
        editable=False,
    )
    declared_at = models.DateTimeField(_("declared"), db_default=Now(), editable=False)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("conflict of interest")
        verbose_name_plural = _("conflicts of interest")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "submission"], name="conflict_once"
            ),
            models.CheckConstraint(
                name="conflict_known_kind", condition=Q(kind__in=ConflictKind.values)
            ),
            _fits("conflict_reason_fits", "reason", LONGEST_REASON),
            *datetimes("declared_at"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def waiting(self) -> Self:
        """Those that their jurors still have to score."""
        return self.filter(state=AssignmentState.ASSIGNED)

    def untouched(self) -> Self:
        """Those of which their jurors have saved nothing: no points, and no words."""
        return self.filter(last_version=0, last_remark=0)

    def begun(self) -> Self:
        """Those of which their jurors have saved something."""
        return self.exclude(last_version=0, last_remark=0)


class Assignment(Stateful):
    """One entry for one juror, at a ``position`` in the juror's own order."""

    machine: ClassVar[StateMachine] = ASSIGNMENT

    round = models.ForeignKey(
        Round, models.PROTECT, related_name="assignments", editable=False
    )
    juror = models.ForeignKey(
        Juror, models.PROTECT, related_name="assignments", editable=False
    )
    submission = models.ForeignKey(
        Submission,
        models.PROTECT,
        related_name="assignments",
        verbose_name=_("entry"),
        editable=False,
    )
    position = models.PositiveIntegerField(editable=False)
    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=AssignmentState,
        default=AssignmentState.ASSIGNED,
        editable=False,
    )
    # Of the last score, which its juror alone reads while the round is open.
    last_version = models.PositiveIntegerField(db_default=0, editable=False)
    # Of the last remark; PostgreSQL counts an abstention, which has a reason, as one.
    last_remark = models.PositiveIntegerField(db_default=0, editable=False)
    reason = Prose(_("reason"), max_length=LONGEST_REASON, blank=True, editable=False)
    assigned_at = models.DateTimeField(db_default=Now(), editable=False)
    moved_at = models.DateTimeField(null=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.CheckConstraint(
                name="assignment_known_state",
                condition=Q(state__in=AssignmentState.values),
            ),
            models.UniqueConstraint(
                fields=["juror", "submission"], name="assignment_once"
            ),
            models.UniqueConstraint(
                fields=["juror", "position"], name="assignment_position_once"
            ),
            models.CheckConstraint(
                name="assignment_abstained_with_reason",
                condition=~Q(
                    state__in=(AssignmentState.ABSTAINED, AssignmentState.VOID)
                )
                | ~Q(reason=""),
            ),
            _fits("assignment_reason_fits", "reason", LONGEST_REASON),
            *datetimes("assigned_at", "moved_at"),
            *numbers(1, MOST_LOAD, "position"),
            *numbers(0, MOST_VERSIONS, "last_version", "last_remark"),
        ]

    def __str__(self) -> str:
        return str(self.submission)


class Score(ConstrainedModel):
    """One version of what a juror gave an entry; the last one counts.

    ``given`` maps the keys of criteria to points as decimal text, ``vote`` to a `Vote`,
    ``place`` (or ``draft``) to a number or "last", or ``other`` to the key of another
    entry and ``better`` to a `Better`, all of `submissions.judging.states`. An
    incomplete one is kept and does not count.
    Under row-level security: until the round is closed only its juror reads it.
    """

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="scores", editable=False
    )
    version = models.PositiveIntegerField(editable=False)
    given = models.JSONField(editable=False)
    # Set by PostgreSQL: whether it says all that the round asks for.
    is_complete = models.BooleanField(db_default=False, editable=False)
    scored_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("assignment", "version")
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "version"], name="score_version_once"
            ),
            *datetimes("scored_at"),
            *numbers(1, MOST_VERSIONS, "version"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.version}"


class Remark(ConstrainedModel):
    """What a juror writes about an entry; the newest of a kind counts.

    ``version`` counts the remarks of the pair, of all kinds, so that an older form is
    refused. Under row-level security: only its juror reads a note, ever; feedback is
    read by others once the round is published.
    """

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="remarks", editable=False
    )
    version = models.PositiveIntegerField(editable=False)
    kind = models.CharField(max_length=16, choices=RemarkKind, editable=False)
    text = Prose(max_length=LONGEST_REMARK, blank=True, editable=False)
    written_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        indexes = [
            models.Index(fields=["assignment", "kind", "-id"], name="remark_newest")
        ]
        constraints = [
            models.CheckConstraint(
                name="remark_known_kind", condition=Q(kind__in=RemarkKind.values)
            ),
            models.UniqueConstraint(
                fields=["assignment", "version"], name="remark_version_once"
            ),
            _fits("remark_fits", "text", LONGEST_REMARK),
            *datetimes("written_at"),
            *numbers(1, MOST_VERSIONS, "version"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
