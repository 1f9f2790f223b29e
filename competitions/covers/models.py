"""The columns of a competition's cover, and where its pictures are."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import BLANK, MOST_PIXELS, numbers
from mycenas.core.fields import Line
from mycenas.imaging.rendering import WIDTHS

# As `secrets.token_urlsafe` makes it of 18 bytes.
NAME = r"^[A-Za-z0-9_-]{24}$"

CONSTRAINTS: list[models.BaseConstraint] = [
    *numbers(1, MOST_PIXELS, "cover_width", "cover_height"),
    models.CheckConstraint(
        name="competition_cover_complete",
        condition=Q(cover="", cover_width=None, cover_height=None)
        | Q(cover__regex=NAME, cover_width__isnull=False, cover_height__isnull=False),
    ),
    models.CheckConstraint(
        name="competition_cover_described",
        condition=Q(cover="") | ~Q(cover_alt__regex=BLANK),
    ),
]


class CoverPicture(NamedTuple):
    """One size of a cover; in pixels."""

    url: str
    width: int
    height: int


class Covered(models.Model):
    """A competition with a cover: ``cover`` names its files, '' without one.

    ``cover_width`` and ``cover_height`` are those of its widest file. Copies of a
    competition share the files.
    """

    slug: models.SlugField[str, str]

    cover = models.CharField(
        _("cover"),
        max_length=24,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    cover_width = models.PositiveIntegerField(
        _("width of the cover"), null=True, editable=False
    )
    cover_height = models.PositiveIntegerField(
        _("height of the cover"), null=True, editable=False
    )
    cover_alt = Line(
        _("alternative text of the cover"),
        max_length=240,
        blank=True,
        default="",
        db_default="",
        help_text=_("What the cover shows, for people who do not see it."),
    )

    class Meta:
        abstract = True

    @property
    def cover_pictures(self) -> list[CoverPicture]:
        """Its sizes, the smallest first; none without a cover."""
        if not self.cover or not self.cover_width or not self.cover_height:
            return []
        found: dict[int, CoverPicture] = {}
        for width_class in sorted(WIDTHS):
            width = min(width_class, self.cover_width)
            height = max(1, round(self.cover_height * width / self.cover_width))
            url = self.cover_url(width_class)
            found.setdefault(width, CoverPicture(url, width, height))
        return list(found.values())

    def cover_url(self, width_class: int) -> str:
        return reverse("competitions:cover", args=[self.slug, self.cover, width_class])
