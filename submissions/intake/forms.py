"""The entry form's fields; the gateway receives its file."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.core.fields import LineField, ProseField
from mycenas.uploads.multipart import FormFields
from submissions.intake.entry import Entry
from submissions.models import SHA256, Submission

ACCEPTED_TYPES = "image/jpeg,image/png,image/webp"
# Browsers do not send an unchecked box, so ``accept_rules`` is not required here.
FORM_FIELDS = FormFields(
    required=(b"title", b"idempotency_key"),
    known=(
        b"title", b"description", b"alt_text", b"category", b"accept_rules",
        b"idempotency_key", b"again", b"replaces", b"sha256", b"csrfmiddlewaretoken",
    ),
)  # fmt: skip


class EntryForm(forms.Form):
    """What a participant says of the work. The file is not read here."""

    title = LineField(
        label=_("Title"),
        max_length=160,
        error_messages={
            "required": _("Enter a title."),
            "max_length": _(
                "A title has at most %(limit_value)d characters; this one has "
                "%(show_value)d. Shorten it."
            ),
        },
    )
    description = ProseField(
        label=_("Description"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("How it came about, what it is made of."),
        error_messages={
            "max_length": _(
                "A description has at most %(limit_value)d characters; this one has "
                "%(show_value)d. Shorten it."
            )
        },
    )
    alt_text = LineField(
        label=_("Alternative text"),
        max_length=500,
        required=False,
        help_text=_(
            "For people who cannot see the picture: what does it show? For example "
            "“A red boat pulled up on gray shingle at dusk”."
        ),
        error_messages={
            "max_length": _(
                "An alternative text has at most %(limit_value)d characters; this one "
                "has %(show_value)d. Shorten it."
            )
        },
    )
    file = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED_TYPES, "required": True}),
    )
    accept_rules = forms.BooleanField(
        label=_("I made this work and accept the rules of this competition."),
        error_messages={"required": _("Accept the rules to enter.")},
    )
    idempotency_key = forms.CharField(
        max_length=64,
        required=False,
        widget=forms.HiddenInput,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9_.:-]{8,64}\Z",
                _("An idempotency key has 8 to 64 letters, digits or - _ . :"),
            )
        ],
    )
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)
    # The receipt's token of the entry whose changed version this is.
    replaces = forms.CharField(required=False, widget=forms.HiddenInput)
    sha256 = forms.CharField(
        required=False, widget=forms.HiddenInput, validators=[SHA256]
    )

    def __init__(
        self,
        *args: Any,
        competition: Competition,
        replaced: Submission | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.competition, self.replaced = competition, replaced
        self.initial["replaces"] = replaced.token if replaced else ""
        if competition.has_categories:
            self.fields["category"] = forms.ModelChoiceField(
                label=_("Category"),
                queryset=competition.categories.all(),
                to_field_name="slug",
                empty_label=_("Choose a category"),
                error_messages={"required": _("Choose a category.")},
            )
            self.order_fields(["title", "description", "alt_text", "category"])
        if not self.is_bound:
            self.initial.setdefault("idempotency_key", new_key())

    def entry(self) -> Entry:
        """The validated fields; a form without a key gets a fresh one."""
        data = self.cleaned_data
        return Entry(
            title=data["title"],
            description=data["description"],
            alt_text=data["alt_text"],
            category=data.get("category"),
            idempotency_key=data["idempotency_key"] or new_key(),
            sha256=data["sha256"] or None,
            again=data["again"],
            replaces=self.replaced,
        )


class TicketForm(EntryForm):
    """The fields of an entry whose file follows, with its name and size in bytes."""

    file = None  # type: ignore[assignment]  # it follows
    # What is too large is refused by its size, as long as that can be written down.
    size = forms.IntegerField(required=False, min_value=1, max_value=10**100)
    filename = forms.CharField(required=False)
    # End the upload URL that was given before, with its bytes, and give another one.
    rotate = forms.BooleanField(required=False)

    def unknown(self, names: Iterable[str]) -> list[str]:
        """The names of fields that neither form has."""
        known = {name.decode() for name in FORM_FIELDS.known}.union(self.fields)
        return [name for name in names if name not in known]

    def entry(self) -> Entry:
        return replace(super().entry(), size=self.cleaned_data["size"])


def new_key() -> str:
    """A fresh idempotency key: 128 random bits."""
    return secrets.token_hex(16)
