from __future__ import annotations

from tests.submissions.receipts.conftest import entry  # noqa: F401  a fixture
