"""Categories and prizes as rows of a file, see `mycenas.staff.imports`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.fields import LineField
from mycenas.staff.imports.kinds import ImportKind, Outcome, save_row


class CategoryForm(forms.Form):
    name = LineField(max_length=120, help_text=_("at most 120 characters"))
    slug = forms.SlugField(
        required=False,
        help_text=_("of its address; without one it is made of the name"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["slug"] = data.get("slug") or slugify(data.get("name", ""))[:50]
        if data.get("name") and not data["slug"]:
            self.add_error("slug", _("No address can be made of this name. Type one."))
        return data


class PrizeForm(forms.Form):
    name = LineField(max_length=120, help_text=_("at most 120 characters"))
    description = LineField(
        required=False, max_length=240, help_text=_("at most 240 characters")
    )


def save_category(row: Competition, data: dict[str, Any], by: User) -> Outcome:
    return save_row(row.categories, {"slug": data["slug"]}, {"name": data["name"]})


def save_prize(row: Competition, data: dict[str, Any], by: User) -> Outcome:
    values = {"description": data["description"]}
    return save_row(row.prizes, {"name": data["name"]}, values)


CATEGORIES = ImportKind(
    name="categories",
    label=_("categories"),
    scopes=(Competition,),
    form=CategoryForm,
    key=("slug",),
    save=save_category,
    note=_(
        "A category with the same slug is changed; others come last, in the order of "
        "the file. None is removed."
    ),
)
PRIZES = ImportKind(
    name="prizes",
    label=_("prizes"),
    scopes=(Competition,),
    form=PrizeForm,
    key=("name",),
    save=save_prize,
    note=_(
        "A prize with the same name is changed; others come last, in the order of the "
        "file. None is removed."
    ),
)
