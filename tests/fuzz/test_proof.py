"""Each protection taken away in turn: the examples that it answers must fail then."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mycenas.core.http import middleware, wellformed
from mycenas.staff import admin_site
from mycenas.uploads.requests import Request
from submissions.intake import reservations
from tests.fuzz.examples import examples


def _yes(*_args: object) -> bool:
    return True


def _nothing(*_args: object) -> None:
    """In place of a check."""


# Not `forms`: what it sends, Django refuses as well, without a sentence.
WITHOUT: dict[str, tuple[Any, str, Any]] = {
    "text": (wellformed, "can_be_held", _yes),
    "charsets": (Request, "check_type", _nothing),
    "json": (reservations, "read_json", json.loads),
    "addresses": (wellformed, "can_be_parsed", _yes),
    "filters": (middleware, "IMPOSSIBLE", ()),
    "rows": (admin_site, "KEY", re.compile(".*", re.DOTALL)),
}


@pytest.mark.trial
@pytest.mark.soak
def test_without_a_protection_its_examples_fail(fuzzed):
    groups = examples(fuzzed.world)
    told = {}
    for name, (owner, attribute, without) in WITHOUT.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, attribute, without)
            told[name] = len(fuzzed.failures(groups[name]))
    assert all(told.values()), told
