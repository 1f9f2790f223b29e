"""Over a thousand odd, broken and malicious pictures through phase two: each ends."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from competitions.models import Competition
from mycenas.imaging.formats import HEAD_BYTES, accepts
from mycenas.imaging.rendering import SENTENCES
from submissions.models import Submission
from submissions.processing import workflow
from submissions.states import SubmissionState as S
from tests.corpus.archive import pictures
from tests.factories import CompetitionFactory, SubmissionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

FILES = 1060
AT_ONCE = 3
REFUSED = "refused at the door"


class Exhibition:
    """One competition that takes every file, each from another person.

    The collection has equal files, which one person enters once only.
    """

    def __init__(self) -> None:
        self.competition: Competition = CompetitionFactory(
            state="open", max_entries=FILES
        )

    def ending(self, path: Path) -> str:
        """What becomes of one file; runs in a thread of its own."""
        data = path.read_bytes()
        if accepts(data[:HEAD_BYTES]) is None:
            return REFUSED
        try:
            return self._phase_two(data)
        finally:
            connections.close_all()

    def _phase_two(self, data: bytes) -> str:
        entry: Any = SubmissionFactory(
            state=S.RECEIVED,
            data=data,
            competition=self.competition,
            participant=UserFactory(email=f"{uuid.uuid4()}@example.org"),
        )
        # Again and again until there is nothing to do: strikes are bounded.
        while workflow.process(entry.pk):
            continue
        entry = Submission.objects.get(pk=entry.pk)
        if entry.state == S.QUARANTINED:
            return f"held: {entry.fault_code}: {entry.fault}"
        return f"{entry.state}: {entry.renditions.count()} pictures"


def test_every_picture_of_the_corpus_ends(tmp_path, record_property):
    paths = pictures(tmp_path)
    assert len(paths) == FILES
    exhibition = Exhibition()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        endings = list(pool.map(exhibition.ending, paths))
    kinds = Counter(":".join(ending.split(":")[:2]) for ending in endings)
    record_property("told", f"{FILES} pictures of the corpus: {dict(kinds)}")
    assert kinds["pending: 3 pictures"] > 0
    # No decoder was stopped by a limit, and none fell.
    known = {f"held: {code}" for code in SENTENCES}
    assert set(kinds) - known == {"pending: 3 pictures", REFUSED}
    for ending in endings:
        assert not ending.startswith("held") or ending.count(". ") >= 1
