"""The words of a search in titles, and in names and addresses of artists.

Indexes of trigrams find them, so a search reads what it finds and not all entries that
a person moderates. The people that a word names are looked up first, in their own
table; an entry is then found by its title or by the number of its artist.

A word that names very many people of the site is not compared with the artists of very
many entries: that would read them one by one. The page says so. The people whom all
words name together are found all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import get_text_list, smart_split, unescape_string_literal
from django.utils.translation import gettext

from competitions.blind.access import hidden_keys, unaddressed_keys
from mycenas.accounts.models import User, shown_name
from mycenas.core.addresses import in_words
from mycenas.core.templatetags.ui import grouped
from mycenas.staff.lists import MOST_LISTED
from submissions.constraints import TITLE_INDEXED
from submissions.models import Submission

# Artists whose numbers stand in a statement.
MOST_PEOPLE = 1_000
_TRIGRAM = re.compile(r"[^\W_]{3}")
_LETTER = re.compile(r"[^\W_]")
_SPECIAL = re.compile(r"([\\%_])")


class Readable(NamedTuple):
    """The competitions of whose artists a person reads the name, and the address."""

    names: frozenset[int]
    addresses: frozenset[int]


class FindsWords:
    """A ModelAdmin of entries whose search finds each word by an index."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Submission], search_term: str
    ) -> tuple[QuerySet[Submission], bool]:
        if not search_term.strip():
            return queryset, False
        this: Any = self
        names = frozenset(this.scope_keys(request)).difference(hidden_keys(request))
        readable = Readable(names, names.difference(unaddressed_keys(request)))
        search = Search(words_of(in_words(search_term)), readable)
        # Templates show it beside the box.
        vars(request)["search_note"] = search.note
        return queryset.filter(search.found), False


def words_of(text: str) -> list[str]:
    """Words and quoted phrases; signs alone are in no index and are left out."""
    bits = list(smart_split(text))
    for place, bit in enumerate(bits):
        if bit[0] in "\"'" and bit[0] == bit[-1]:
            bits[place] = unescape_string_literal(bit)
    return [bit for bit in bits if _LETTER.search(bit)]


def _titled(word: str) -> Q:
    """Entries by their titles.

    The index leaves out those whose files are not checked yet, which are few. They are
    compared in other words: PostgreSQL would take equal conditions of both parts out of
    them, and use the index for neither.
    """
    if _TRIGRAM.search(word):
        unchecked = Q(title__icontains=word)
    else:
        unchecked = Q(title__istartswith=word) | Q(title__icontains=f" {word}")
    return (TITLE_INDEXED & matching(F("title"), word)) | (~TITLE_INDEXED & unchecked)


def matching(column: Any, word: str) -> Q:
    """Rows with the word, in any case: one of three letters anywhere in the text.

    A shorter one has no trigram but at the beginning of words.
    """
    text = _SPECIAL.sub(r"\\\1", word)
    beginning = _ilike(column, f"{text}%") | _ilike(column, f"% {text}%")
    return _ilike(column, f"%{text}%") if _TRIGRAM.search(word) else beginning


def _ilike(column: Any, pattern: str) -> Q:
    return Q(
        Func(
            column,
            Value(pattern),
            template="%(expressions)s",
            arg_joiner=" ILIKE ",
            output_field=BooleanField(),
        )
    )


class Part(NamedTuple):
    """What one word is compared with: the names of artists, or their addresses."""

    word: str
    condition: Q
    competitions: frozenset[int]
    people: list[int]

    @property
    def is_common(self) -> bool:
        return len(self.people) > MOST_PEOPLE

    def by(self, people: Q) -> Q:
        return people & Q(competition__in=sorted(self.competitions))


class Search:
    """Entries that have every word in the title or in what names the artist."""

    def __init__(self, words: list[str], readable: Readable) -> None:
        self.words, self.readable = words, readable

    @property
    def found(self) -> Q:
        if not self.words:
            return Q(pk__in=())
        found = Q()
        for word in self.words:
            artists = [
                part.by(self._people_of(part))
                for part in self.parts
                if part.word == word
            ]
            found &= Q(_titled(word), *artists, _connector=Q.OR)
        return found

    @property
    def note(self) -> str:
        """The sentence that says by which words artists were not found; or ''."""
        common = [part.word for part in self.parts if part.is_common]
        if not common or self.is_small:
            return ""
        sentence = gettext(
            "More than %(most)s people have %(words)s in their names or addresses. The "
            "search compared this with titles alone, and with names that have all of "
            "its words. Write more of the name."
        )
        words = get_text_list([f"“{word}”" for word in dict.fromkeys(common)])
        return sentence % {"most": grouped(MOST_PEOPLE), "words": words}

    @cached_property
    def parts(self) -> list[Part]:
        asked = [
            (word, condition, keys)
            for word in dict.fromkeys(self.words)
            for condition, keys in (
                (_shown_as(word), self.readable.names),
                (matching(F("email"), word), self.readable.addresses),
            )
            if keys
        ]
        people = _people([condition for _word, condition, _keys in asked])
        return [Part(*one, found) for one, found in zip(asked, people, strict=True)]

    def _people_of(self, part: Part) -> Q:
        """The condition that the artist is one whom the word names."""
        if not part.is_common:
            return Q(participant__in=part.people)
        if self.is_small:
            who = User._base_manager.filter(part.condition, pk=OuterRef("participant"))
            return Q(Exists(who))
        return Q(participant__in=self.full_names)

    @cached_property
    def is_small(self) -> bool:
        """Whether the entries are few enough to compare the artist of each."""
        rows = Submission._base_manager.filter(competition__in=self.readable.names)
        return rows.order_by()[: MOST_LISTED + 1].count() <= MOST_LISTED

    @cached_property
    def full_names(self) -> list[int]:
        """The people whose names have all words; none if they are too many."""
        if len(self.words) == 1:
            return []
        every = Q()
        for word in self.words:
            every &= _shown_as(word)
        (people,) = _people([every])
        return people if len(people) <= MOST_PEOPLE else []


def _shown_as(word: str) -> Q:
    """People by a part of the name, as `User.__str__` has it, or the whole address."""
    return matching(shown_name(), word) | Q(email=word.lower())


def _people(asked: Sequence[Q]) -> list[list[int]]:
    """The keys of the people whom each condition finds, `MOST_PEOPLE` and one more."""
    parts = [
        User._base_manager.filter(condition)
        .annotate(place=Value(place))
        .values_list("place", "pk")[: MOST_PEOPLE + 1]
        for place, condition in enumerate(asked)
    ]
    found: list[list[int]] = [[] for _ in asked]
    for place, key in parts[0].union(*parts[1:], all=True) if parts else ():
        found[place].append(key)
    return found
