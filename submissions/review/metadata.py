"""What an entry's file says of itself, for the people who may see its artist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import F, Func, Q, TextField
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext_lazy as _

from mycenas.imaging.sandbox.facts import MOST_VALUES
from mycenas.staff.verbs import Text
from submissions.artists import unless
from submissions.models import FileMetadata, Submission

# Kinds of `mycenas.imaging.metadata` in the order of the page.
LABELS = {
    "camera": _("Camera"),
    "lens": _("Lens"),
    "software": _("Software"),
    "created": _("Created, by the clock of the device"),
    "artist": _("Artist"),
    "copyright": _("Copyright"),
    "generator": _("Signs of a generator"),
    "profile": _("Color profile"),
}
SENTENCES = {
    "place": _("The file contains a place. It is neither stored nor shown."),
    "credentials": _("The file contains content credentials. They are not verified."),
}
HIDDEN = _("Hidden while the competition is blind: it may name the artist.")
NOT_READ = _("Not read yet: this file was checked before its metadata were kept.")
NOT_CHECKED = _("Not read yet: the file has not been checked.")
NOTHING = _("The file says nothing.")
FACTS = "file_metadata__facts"


class StatedMetadata(NamedTuple):
    """Labeled texts of the file, and sentences of ours about it."""

    lines: Sequence[tuple[Text, list[str]]]
    sentences: Sequence[Text]


def stated(entry: Submission) -> StatedMetadata:
    """What the file of the entry says; hidden with its artist, for the same people."""
    if not entry.shows_artist:
        return StatedMetadata([], [HIDDEN])
    facts = facts_of(entry)
    if facts is None:
        return StatedMetadata([], [NOT_READ if entry.has_pictures else NOT_CHECKED])
    lines = [(label, facts[kind]) for kind, label in LABELS.items() if kind in facts]
    sentences = [said for kind, said in SENTENCES.items() if kind in facts]
    return StatedMetadata(lines, sentences if lines or sentences else [NOTHING])


def facts_of(entry: Submission) -> dict[str, list[str]] | None:
    """What was read of the file; None for files whose metadata were not kept."""
    rows = FileMetadata.objects.filter(submission=entry)
    return rows.values_list("facts", flat=True).first()


class JoinedTexts(Func):
    """The texts of one kind, of the facts of a file, as one text; NULL for none.

    Faster than to join an array: most files have one text of a kind.
    """

    _parts = ", ".join(
        f"%(expressions)s -> '%(kind)s' ->> {place}" for place in range(MOST_VALUES)
    )
    template = (
        f"CASE WHEN %(expressions)s ? '%(kind)s' THEN concat_ws('; ', {_parts}) END"
    )
    output_field = TextField()


def cells(hidden: Q | None) -> dict[str, Any]:
    """Each kind of metadata of an entry as an expression, '' where artists are hidden.

    The names are ``metadata_`` and the kind.
    """
    texts = {kind: JoinedTexts(F(FACTS), kind=kind) for kind in LABELS}
    flags = {kind: KeyTextTransform(kind, FACTS) for kind in SENTENCES}
    return {
        f"metadata_{kind}": unless(hidden, value)
        for kind, value in (texts | flags).items()
    }
