"""A person's name, found in a text or in the bytes of a file.

Texts are compared without case, accents and punctuation. Scripts with spaces are
searched for whole words; in Chinese, Japanese, Korean, Thai and others a name may stand
anywhere in a line of letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Shorter parts of names are common words, and by chance in the bytes of pictures.
LEAST_LETTERS, LEAST_IN_FILE = 3, 4
# One character of these is a syllable or a word.
SYLLABLES = "\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
# No spaces, or suffixes without one: Thai to Burmese, Khmer, kana, and syllables.
UNSPACED = re.compile(f"[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff{SYLLABLES}]")
SYLLABLE = re.compile(f"[{SYLLABLES}]")
# What makes another letter of the one before: a final of Hangul, a mark of kana.
SAME_LETTER = "\u1160-\u11ff\u3099\u309a"
# Letters with a stroke are not decomposed by Unicode.
STROKES = str.maketrans("øłđħı", "oldhi")
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")


class _Plain(dict[int, str]):
    """Letters without case and accent, and spaces for what is no letter.

    One character at a time: to normalize a whole text made of accents
    takes quadratic time.
    """

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code)).casefold()
        plain = "".join(map(_letter, parts)).translate(STROKES)
        self[code] = plain
        return plain


def _letter(char: str) -> str:
    is_accent, kind = "\u0300" <= char <= "\u036f", unicodedata.category(char)
    if is_accent or kind == "Cf":
        return ""
    return char if kind[0] in "LM" else " "


def words_of(text: str) -> list[str]:
    """The words of a text, without case, accents and punctuation."""
    return text.translate(_Plain()).split()


class Name:
    """The name and the address of a person, to be searched for."""

    def __init__(self, name: str, address: str) -> None:
        self._given, self._address = name, address
        self._words = words_of(name)

    def is_in(self, text: str, least: int = LEAST_LETTERS) -> bool:
        """Whether a text has the whole name, a long part of it or the address."""
        patterns = [_pattern(one) for one in (*self._phrases(), *self._parts(least))]
        plain = f" {' '.join(words_of(text))} "
        if patterns and re.search("|".join(patterns), plain):
            return True
        address = rf"(?<!\w){re.escape(self._address)}(?!\w)"
        return bool(self._address and re.search(address, text, re.IGNORECASE))

    def is_in_bytes(self, data: bytes) -> bool:
        """Whether bytes have it, in an encoding of metadata, between any others."""
        forms = {self._address, *self._phrases(), *self._parts(LEAST_IN_FILE)}
        # With accents, of which a file may have another form than a plain one.
        given = (self._given, *re.split(r"[\s\-]+", self._given))
        forms.update(one for one in given if _is_long(one, LEAST_IN_FILE))
        lowered = data.lower()
        return any(one in lowered for form in forms if form for one in _written(form))

    def _phrases(self) -> Iterator[str]:
        """The full name in both orders, and without spaces where there are none."""
        full = " ".join(self._words)
        if " " not in full or not _is_long(full, LEAST_IN_FILE):
            return
        yield full
        if _is_unspaced(full):
            yield "".join(self._words)
        else:
            yield " ".join(reversed(self._words))

    def _parts(self, least: int) -> Iterator[str]:
        return (one for one in self._words if _is_long(one, least))


def _pattern(phrase: str) -> str:
    """A pattern of whole words, or of letters anywhere."""
    escaped = re.escape(phrase)
    if _is_unspaced(phrase):
        return f"{escaped}(?![{SAME_LETTER}])"
    return f"(?<= ){escaped}(?= )"


def _written(form: str) -> set[bytes]:
    """What a file may have for it, with small letters of ASCII.

    What Latin-1 does not have is written as in XML.
    """
    accents = {unicodedata.normalize(kind, form) for kind in ("NFC", "NFD")}
    cases = {case for one in accents for case in (one, one.upper(), one.lower())}
    return {
        one.encode(encoding, "xmlcharrefreplace").lower()
        for one in cases
        for encoding in ENCODINGS
    }


def _is_unspaced(words: str) -> bool:
    return bool(UNSPACED.search(unicodedata.normalize("NFC", words)))


def _is_long(words: str, least: int) -> bool:
    """Whether it has enough letters; a syllable of these scripts counts as two."""
    letters = unicodedata.normalize("NFC", words).replace(" ", "")
    return len(letters) + len(SYLLABLE.findall(letters)) >= least
