"""The upgrade of a site where two accounts differ only in how they are written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.upgrade.make import HERE
from tests.upgrade.restored import Restored, Rows, restored

pytestmark = pytest.mark.trial

COMMAND = "clashing_accounts"
TOMASZ, CAPITALS, DOT, UMLAUT = 101, 102, 103, 104


@pytest.fixture(scope="module")
def clashing() -> Iterator[Restored]:
    with restored() as site:
        site.execute((HERE / "clashing_accounts.sql").read_text())
        yield site


@pytest.fixture(scope="module")
def stopped(clashing: Restored) -> tuple[str, Rows, Rows]:
    """What `migrate` says, with all rows before and afterwards."""
    before = clashing.rows()
    return refused(clashing, "migrate", "--no-input"), before, clashing.rows()


@pytest.fixture(scope="module")
def decided(clashing: Restored, stopped: tuple[str, Rows, Rows]) -> Restored:
    """The site after the operator's decisions and the upgrade."""
    for account, *choice in (
        (CAPITALS, "--address", "Tomasz2@Example.org"),
        (DOT, "--inactive"),
        (UMLAUT, "--address", "juergen@example.org"),
    ):
        clashing.said(COMMAND, "--account", str(account), *choice)
    clashing.said("migrate", "--no-input")
    return clashing


def people(rows: Rows) -> dict[int, str]:
    found = rows["accounts_user"].values()
    return {row["id"]: row["email"] for row in found if row["id"] > 100}


def refused(site: Restored, *arguments: str) -> str:
    answer = site.manage(*arguments)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    return answer.stderr


def test_accounts_that_clash_stop_the_upgrade(
    stopped: tuple[str, Rows, Rows],
) -> None:
    said, before, after = stopped
    assert after == before
    assert "Nothing was changed: 2 mail addresses need your decision." in said
    assert "“jürgen@example.org” cannot be written in ASCII" in said
    for account, email in people(before).items():
        line = f"account {account}, “{email}”, Tomasz, active, joined 2026-05-01"
        assert line in said
    assert f"manage.py {COMMAND} --account NUMBER" in said


def test_each_account_is_as_decided(decided: Restored) -> None:
    assert people(decided.rows()) == {
        TOMASZ: "tomasz@example.org",
        CAPITALS: "tomasz2@example.org",
        DOT: "account-103@inactive.invalid",
        UMLAUT: "juergen@example.org",
    }
    active = decided.query("SELECT id FROM accounts_user WHERE NOT is_active")
    assert active == [(DOT,)]
    addresses = decided.query(
        "SELECT user_id, email, verified FROM account_emailaddress"
        " WHERE user_id > 100 OR id > 200 ORDER BY 1, 2"
    )
    assert addresses == [
        (3, "twice@example.org", True),
        (4, "noor@xn--exmple-cua.org", True),
        (TOMASZ, "tomasz@example.org", True),
        (CAPITALS, "tomasz2@example.org", False),
        (DOT, "account-103@inactive.invalid", False),
        (UMLAUT, "juergen@example.org", False),
    ]
    sources = decided.query(
        "SELECT row_id, source, reason <> '' FROM core_auditentry"
        " WHERE table_name = 'accounts_user' AND row_id > 101 AND operation = 'UPDATE'"
    )
    assert {row[0] for row in sources} == {CAPITALS, DOT, UMLAUT}
    assert {row[1:] for row in sources} == {(f"manage.py {COMMAND}", True)}


def test_those_who_keep_or_change_their_address_sign_in(decided: Restored) -> None:
    with decided.web():
        assert decided.signs_in("TOMASZ@Example.org.") == "/me/"
        proving = "/accounts/confirm-email/"
        assert decided.signs_in("tomasz2@example.org") == proving
        inactive = decided.signs_in("account-103@inactive.invalid")
        assert inactive == "/accounts/inactive/"


def test_an_address_is_given_only_to_an_account_that_needs_one(
    decided: Restored,
) -> None:
    said = refused(decided, COMMAND, "--account", "3", "--address", "new@example.org")
    assert "Account 3 is in no group. Nothing was changed." in said
