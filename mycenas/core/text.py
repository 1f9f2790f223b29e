"""Cleaning of text before it is stored."""

from __future__ import annotations

import re
import unicodedata

# Format characters that have a shape: signs that stand around or below numbers.
_SHAPED = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
    "\U000110bd\U000110cd"
)
MAX_FILE_NAME = 255
# Longer names are cut before they are cleaned, which takes long.
LONGEST_SENT_NAME = 16 * MAX_FILE_NAME
# The most that a message repeats of a value.
MAX_SHOWN = 80

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Scripts and emoji need them, between two characters that can be seen.
_JOINERS = frozenset("\u200c\u200d")
# Letters and symbols by their category that show nothing.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442\U0001d159")
# Code points that are ignored in display though Unicode has not assigned them
# (Default_Ignorable_Code_Point), controls of hieroglyphs that Python's Unicode does not
# know yet, and the place of an object that plain text does not carry.
_IGNORED = re.compile(
    "[\u2065\ufff0-\ufff8\ufffc\U00013439-\U0001343f"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
# The flags of England, Scotland and Wales are spelled by invisible letters.
_FLAG = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,8}\U000e007f)"
)
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Normalizing sorts the marks of each letter, which takes the square of their number.
# Unicode's Stream-Safe Text Process (UAX #15) joins longer runs by this character.
_MARKS_TOGETHER = 30
_GRAPHEME_JOINER = "\u034f"
# A primary key as it is sent; keys have 63 bits. Python reads digits of every script,
# and calls “²” a digit that is no number.
KEY = re.compile(r"[0-9]{1,18}", re.ASCII)
# What stands where bytes could not be read.
REPLACEMENT = "\ufffd"


def tidy_line(text: str) -> str:
    """Like `tidy`, with line ends and tabs replaced by spaces."""
    return re.sub("[\n\t]+", " ", tidy(text))


def tidy(text: str) -> str:
    r"""NFC, lines that end in ``\n``, no characters that cannot be seen.

    Control characters go, and so do format characters: zero-width spaces, marks and
    overrides of the direction. Joiners stay where two visible characters need them.
    Text without any visible character is empty.
    """
    text = unicodedata.normalize("NFC", stream_safe(text))
    text = _LINE_ENDS.sub("\n", text)
    parts = _FLAG.split(text)
    # Every second part is a flag.
    parts[::2] = map(_without_unseen, parts[::2])
    tidied = "".join(parts).strip()
    return tidied if any(map(_is_visible, tidied)) else ""


def stream_safe(text: str) -> str:
    """The same text with at most 30 combining marks in a row."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > _MARKS_TOGETHER:
            kept.append(_GRAPHEME_JOINER)
            marks = 1
        kept.append(char)
    return "".join(kept)


def _without_unseen(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char for place, char in enumerate(text) if _may_stay(text, place, char)
    )


def _may_stay(text: str, place: int, char: str) -> bool:
    if char in _JOINERS:
        around = text[place - 1 : place] + text[place + 1 : place + 2]
        return len(around) == 2 and all(map(_can_be_joined, around))
    if char in "\n\t" or char in _SHAPED:
        return True
    is_unseen = unicodedata.category(char) in ("Cc", "Cf", "Cs")
    return not (is_unseen or _is_no_character(ord(char)) or _IGNORED.match(char))


def _can_be_joined(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ"


def _is_no_character(code: int) -> bool:
    """Noncharacters of Unicode."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _is_visible(char: str) -> bool:
    category = unicodedata.category(char)
    # Newer letters and emoji are outside the first plane; its gaps stay gaps.
    is_new = category == "Cn" and char > "\uffff"
    return char not in _BLANK and (category[0] in "LNPS" or is_new or category == "Co")


def shown(value: object) -> str:
    """A value as a message repeats it: its beginning, if it is long."""
    text = str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def display_name(raw: str) -> str:
    """Without folders and invisible characters, of bounded length.

    It is text for display only and never becomes part of a path.
    """
    name = re.split(r"[/\\]", raw)[-1][:LONGEST_SENT_NAME]
    return tidy(CONTROLS.sub("", name))[:MAX_FILE_NAME]
