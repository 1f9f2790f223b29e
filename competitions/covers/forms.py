"""The cover in the form of a competition."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from competitions.covers.workflow import LEAST_WIDTH
from competitions.models import Competition
from mycenas.staff.picture_forms import PictureForm
from mycenas.staff.pictures import MOST_MEGABYTES, PictureField

LIMITS = _(
    "JPEG, PNG or WebP, at most %(megabytes)d MB, at least %(width)d pixels wide; "
    "1920 × 1080 suits all places."
)
DESCRIBE = _("Say in a few words what the cover shows; it is shown only with them.")
ONE_OR_THE_OTHER = _("Choose a new cover or remove the cover, not both.")


class CoverForm(PictureForm, forms.ModelForm[Competition]):
    """A competition with its cover, which is redrawn before anybody sees it."""

    picture_field = "new_cover"

    new_cover = PictureField(
        label=_("New cover"),
        required=False,
        help_text=LIMITS % {"megabytes": MOST_MEGABYTES, "width": LEAST_WIDTH},
    )
    remove_cover = forms.BooleanField(label=_("Remove the cover"), required=False)

    class Media:
        # The size of pictures in the admin.
        css = {"all": ("css/admin-queue.css",)}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        is_new, is_removed = bool(data.get("new_cover")), data.get("remove_cover")
        if is_new and is_removed:
            self.add_error("remove_cover", ONE_OR_THE_OTHER)
        is_there = is_new or (self.instance.cover and not is_removed)
        if is_there and "cover_alt" in data and not data["cover_alt"]:
            self.add_error("cover_alt", DESCRIBE)
        return data
