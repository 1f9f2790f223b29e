"""The lives of a jury round and of the assignment of one entry to one juror."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class RoundState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    PUBLISHED = "published", _("published")
    CANCELLED = "cancelled", _("cancelled")


R = RoundState

ROUND = StateMachine(
    name="round",
    table="judging_round",
    states=RoundState,
    initial=R.DRAFT,
    moves={
        R.DRAFT: frozenset({R.OPEN}),
        R.OPEN: frozenset({R.DRAFT, R.CLOSED, R.CANCELLED}),
        R.CLOSED: frozenset({R.PUBLISHED, R.CANCELLED}),
        R.PUBLISHED: frozenset(),
        R.CANCELLED: frozenset(),
    },
)
# States in which a round holds its competition back from announcing winners.
HOLDING = (R.DRAFT, R.OPEN, R.CLOSED)


class AssignmentState(models.TextChoices):
    ASSIGNED = "assigned", _("to be scored")
    SCORED = "scored", _("scored")
    ABSTAINED = "abstained", _("abstained")
    VOID = "void", _("not counted")


A = AssignmentState

ASSIGNMENT = StateMachine(
    name="assignment",
    table="judging_assignment",
    states=AssignmentState,
    initial=A.ASSIGNED,
    moves={
        A.ASSIGNED: frozenset({A.SCORED, A.ABSTAINED, A.VOID}),
        A.SCORED: frozenset({A.ABSTAINED, A.VOID}),
        A.ABSTAINED: frozenset({A.SCORED, A.VOID}),
        A.VOID: frozenset(),
    },
)


class Method(models.TextChoices):
    """Values are names of methods in `submissions.judging.counting`."""

    WEIGHTED = "weighted", _("points for criteria")
    YES_NO_MAYBE = "yes_no_maybe", _("yes, maybe or no")
    BORDA = "borda", _("ranking, counted by Borda’s rule")
    STV = "stv", _("ranking, counted by single transferable vote")
    BRADLEY_TERRY = "bradley_terry", _("comparison of pairs")


# Methods whose jurors put their entries in order.
RANKED = (Method.BORDA, Method.STV)
# Those that say something of two entries at least.
COMPARING = (*RANKED, Method.BRADLEY_TERRY)


class Aggregate(models.TextChoices):
    """Values are names in `submissions.judging.counting.weighted`."""

    ADDITIVE_FIT = "additive_fit", _("mean, adjusted for strict and lenient jurors")
    MEAN = "mean", _("mean of the points")
    MEDIAN = "median", _("median of the points")


class RemarkKind(models.TextChoices):
    NOTE = "note", _("private note")
    FEEDBACK = "feedback", _("feedback to the artist")


class Vote(models.TextChoices):
    YES = "yes", _("yes")
    MAYBE = "maybe", _("maybe")
    NO = "no", _("no")


class Better(models.TextChoices):
    """Which of two entries a juror prefers."""

    THIS = "this", _("this one")
    OTHER = "other", _("the other one")
    EQUAL = "equal", _("Both are equal")


class Advance(models.TextChoices):
    ALL = "all", _("all entries that are ranked")
    TOP = "top", _("the best ones")
    THRESHOLD = "threshold", _("those with at least so many points")


class ConflictKind(models.TextChoices):
    OWN_WORK = "own_work", _("own work")
    HOUSEHOLD = "household", _("same household")
    TEAM = "team", _("same team")
    EMPLOYER = "employer", _("same employer")
    STUDENT = "student", _("teacher and student")
    OTHER = "other", _("another reason")
