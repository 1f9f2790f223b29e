"""The upgrade of a site with a second factor that nothing can read."""

from __future__ import annotations

import pytest

from tests.upgrade.restored import restored
from tests.upgrade.test_clashing_accounts import refused

pytestmark = pytest.mark.trial

FACTOR = """
INSERT INTO mfa_authenticator (id, user_id, type, data, created_at)
  SELECT 900, id, 'totp', '{}', now() FROM accounts_user
  WHERE email = 'noor@example.org';
"""
KEPT = "SELECT count(*) FROM mfa_authenticator WHERE id = 900"
JOURNAL = "SELECT reason FROM core_auditentry WHERE source = %s"


def test_it_stops_the_upgrade_until_the_operator_removes_it() -> None:
    with restored() as site:
        site.execute(FACTOR)
        before = site.rows()
        said = refused(site, "migrate", "--no-input")
        assert "Nothing was changed: 1 second factors cannot be read." in said
        assert "“noor@example.org”: factor 900 of type “totp”" in said
        assert site.rows() == before
        # The command works with the tables of the version before.
        site.said("migrate", "--no-input", "accounts", "0015")
        assert site.query(KEPT) == [(1,)]
        [(account,)] = site.query("SELECT user_id FROM mfa_authenticator")
        reason = "Asked by telephone."
        site.said("unreadable_factors", "--account", str(account), "--reason", reason)
        site.said("migrate", "--no-input")
        assert site.query(KEPT) == [(0,)]
        found = {
            text for (text,) in site.query(JOURNAL, "manage.py unreadable_factors")
        }
        assert found == {reason}
        site.said("states", "--check")
