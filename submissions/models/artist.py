"""How an entry names its artist, see `submissions.artists`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from mycenas.core.audit.history import Veil

# Columns that name the artist, by themselves or by other entries.
NAMING = frozenset({"participant_id", "original_name", "refusal"})


class NamesArtist:
    """An entry that names its artist, unless the competition is blind.

    ``artist_name`` is the name for the person who reads the page, '' if it is hidden;
    None if the query did not ask: then the artist of a blind competition is hidden.
    """

    artist_name: str | None = None
    competition: Any
    participant: Any
    participant_id: int
    title: Any

    @property
    def shows_artist(self) -> bool:
        """Whether pages may name the artist."""
        if self.artist_name is None:
            return not self.competition.is_blind
        return self.artist_name != ""

    @property
    def artist(self) -> str:
        """The name that pages show."""
        if not self.shows_artist:
            return gettext("name hidden")
        return self.artist_name or str(self.participant)

    @property
    def caption(self) -> str:
        """Title and artist, or the title alone."""
        if not self.shows_artist:
            return f"“{self.title}”"
        words = {"title": self.title, "artist": self.artist}
        return gettext("“%(title)s” by %(artist)s") % words

    @property
    def veil(self) -> Veil | None:
        """What the history leaves out while the artist is hidden."""
        if self.shows_artist:
            return None
        return Veil(self.participant_id, gettext("the artist"), NAMING)
