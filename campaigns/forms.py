"""What organizers fill in for a sponsor's campaign."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign


class CampaignForm(forms.ModelForm[Campaign]):
    """A campaign with its picture, which is redrawn before anybody sees it."""

    new_picture = forms.FileField(
        label=_("New picture"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 10 MB, about 1200 × 628 pixels."),
    )

    class Meta:
        model = Campaign
        fields = (
            "competition",
            "sponsor",
            "name",
            "starts_at",
            "ends_at",
            "headline",
            "target_url",
            "alt_text",
        )

    def clean_new_picture(self) -> Any:
        file: UploadedFile[bytes] | None = self.cleaned_data["new_picture"]
        if file and file.size and file.size > 10 * 1024 * 1024:
            raise forms.ValidationError(
                _(
                    "This picture has %(size).1f MB; the limit is 10 MB. "
                    "Save it smaller."
                ),
                params={"size": file.size / 1024 / 1024},
            )
        return file
