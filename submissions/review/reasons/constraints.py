"""What PostgreSQL says about reasons, in words for people."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from submissions.review.reasons.models import LONGEST_TEXT, SHORTCUTS

SENTENCES = {
    "reason_code_once": _("Another reason has this code; choose another."),
    "reason_key_once": _("Another reason in use has this key; choose another."),
    "reason_code_in_small_letters": _(
        "A code has small letters a to z, digits and single hyphens, like “off-topic”."
    ),
    "reason_key_is_one_key": _("A key is one small letter a to z or one digit."),
    "reason_key_is_no_shortcut": format_lazy(
        _("The keys {keys} do something else in the queue; choose another."),
        keys=", ".join(SHORTCUTS),
    ),
    "reason_code_stays": _(
        "A reason keeps its organization and its code. Make another reason, and take "
        "this one out of use."
    ),
    "submission_code_in_use": _(
        "The organization of this competition does not use this reason any more. "
        "Choose another one."
    ),
    "reason_text_once_per_language": _("This reason has a text in this language."),
    "reason_text_is_short": format_lazy(
        _("A text has at least one and at most {limit} characters."),
        limit=LONGEST_TEXT,
    ),
}

FIELDS = {
    "reason_code_once": "code",
    "reason_key_once": "key",
    "reason_code_in_small_letters": "code",
    "reason_key_is_one_key": "key",
    "reason_key_is_no_shortcut": "key",
    "reason_code_stays": "code",
    "submission_code_in_use": "code",
    "reason_text_once_per_language": "language",
    "reason_text_is_short": "text",
}
