from __future__ import annotations

import pytest

from mycenas.core.approvals import kinds
from tests.core.approvals.acts import NAME, RENAME


@pytest.fixture(autouse=True)
def rename(monkeypatch):
    monkeypatch.setitem(kinds._kinds, NAME, RENAME)
