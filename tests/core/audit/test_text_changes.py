"""What differs between two versions of a text."""

from __future__ import annotations

from random import Random

import pytest

from mycenas.core.audit.text_changes import MAX_LENGTH, MAX_PLACES, _places, compared

LONG = " ".join(f"word{number}" for number in range(400))


def test_short_texts_are_shown_whole():
    assert compared("One room.", "Two rooms.") == ("One room.", "Two rooms.")


def test_the_lines_of_a_text_become_one():
    assert compared("", "First.\n\nSecond.") == ("", "First. ¶ Second.")


@pytest.mark.parametrize("at", [0, 200, 399])
def test_the_word_that_differs_is_shown_with_a_few_around_it(at):
    old, new = compared(LONG, LONG.replace(f"word{at}", "ANOTHER", 1))
    assert f"word{at}" in old
    assert old.replace(f"word{at}", "ANOTHER", 1) == new
    assert len(new) < MAX_LENGTH
    assert new.startswith("…") == (at > 0)
    assert new.endswith("…") == (at < 399)


def test_words_that_came_and_words_that_went_are_shown():
    without = LONG.replace("word30 ", "").replace("word300 ", "")
    old, new = compared(LONG, without)
    assert "word30 " in old
    assert "word300 " in old
    assert "word30 " not in new
    assert "word300 " not in new
    assert "word100" not in old


def test_the_places_after_the_first_ones_are_counted():
    changed = LONG
    for number in range(20, 400, 50):
        changed = changed.replace(f"word{number} ", "ANOTHER ")
    old, new = compared(LONG, changed)
    assert new.count("ANOTHER") == MAX_PLACES
    assert new.endswith("(and 3 more places)")
    assert len(old) < MAX_PLACES * 2 * MAX_LENGTH


def test_a_text_without_spaces_is_shown_from_where_it_differs():
    old, new = compared("x" * 5000 + "y" * 5000, "x" * 5000 + "z" * 5000)
    assert "xy" in old
    assert "xz" in new
    assert max(len(old), len(new)) < 2 * MAX_LENGTH


def test_texts_with_nothing_in_common_are_cut():
    old, new = compared("a " * 5000, "b " * 5000)
    assert old.startswith("a a ")
    assert new.startswith("b b ")
    assert max(len(old), len(new)) < 2 * MAX_LENGTH


def test_the_places_turn_one_version_into_the_other():
    random = Random(12)
    for _time in range(500):
        old, new = (random.choices("abcdefgh", k=random.randrange(30)) for _ in "ab")
        made, at = [], 0
        for place in _places(old, new):
            made += old[at : place.old.start] + new[place.new]
            at = place.old.stop
        assert made + old[at:] == new


def test_the_time_does_not_take_the_square_of_the_length(monkeypatch):
    """Comparisons of tokens are counted; equal words of both texts are many."""

    class Word(str):
        compared = 0
        __hash__ = str.__hash__

        def __eq__(self, other):
            Word.compared += 1
            return str.__eq__(self, other)

    size = 2000
    old = [Word(letter) for letter in "ab" * size]
    new = [Word(letter) for letter in "a" * size + "c" + "b" * size]
    assert list(_places(old, new))
    assert Word.compared < 40 * size
