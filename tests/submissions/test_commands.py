"""The books of storage: every acknowledged entry has its bytes."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from submissions.states import SubmissionState as S
from submissions.storage import store
from tests.factories import SubmissionFactory

pytestmark = pytest.mark.django_db


def audit(*options):
    out = io.StringIO()
    call_command("audit_storage", *options, stdout=out)
    return out.getvalue()


def test_a_storage_without_fault():
    SubmissionFactory()
    SubmissionFactory(state=S.RECEIVED)
    SubmissionFactory(state=S.APPROVED)
    assert audit() == "2 acknowledged entries checked.\n"
    assert json.loads(audit("--json")) == {"checked": 2, "damaged": []}


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_file_that_is_gone_or_changed_is_named(harm):
    entry = SubmissionFactory(state=S.RECEIVED)
    path = store().original_path(entry.original)
    path.chmod(0o600)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"something else")
    with pytest.raises(CommandError, match=f"entries {entry.pk}"):
        audit()
