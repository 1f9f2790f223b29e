from __future__ import annotations

import pytest

from mycenas.core.approvals import kinds as approval_kinds
from mycenas.core.results import kinds, workflow
from tests.core.results.counted import KIND


@pytest.fixture(autouse=True)
def lengths(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    monkeypatch.setattr(approval_kinds, "_kinds", dict(approval_kinds._kinds))
    workflow.add_kind(KIND)
