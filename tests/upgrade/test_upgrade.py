"""A site of an earlier commit, hard cases included, goes on with today's code."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from joserfc.jwk import KeySet, OKPKey

from submissions.receipts.statement import verify
from tests.upgrade.restored import FACTS, Restored, Rows, restored

pytestmark = pytest.mark.trial

TUS = {"Tus-Resumable": "1.0.0"}
DATES = ("opens_at", "closes_at")
WINDOWS = ("upload_window", "declared_upload_window")
WINDOW = ("starts_at", "ends_at")
# What a migration changes in rows that were there, by table and column: each with
# its reason. Everything else stays as it was, to the microsecond.
CHANGED: dict[str, set[str]] = {
    # Dates, windows and zones of hard_cases.sql; see REPAIRED.
    "competitions_competition": {*DATES, *WINDOWS, "time_zone"},
    "submissions_submission": {"lease_until", "next_attempt_at"},
    "interactions_view": {"viewed_on", "viewed_at"},
    # Nothing reads what clients of tus say beside the file's name: it is gone.
    "submissions_upload": {"metadata"},
    # An address that browsers open is stored in its ASCII form. A running campaign that
    # leads nowhere ends.
    "campaigns_campaign": {"target_url", "state", "ended_at", *WINDOW},
    # Each position is taken once in a competition; the order stays.
    "competitions_category": {"position"},
    "competitions_prize": {"position"},
    # The model of signing keys moved to another app.
    "django_content_type": {"app_label"},
    # Mails to artists had no key of their entry.
    "core_mail": {"about"},
    # One account was known by an address with capitals.
    "accounts_user": {"email"},
    "account_emailaddress": {"email"},
    # A session of a hundred years ends after fourteen days, as a new one does.
    "django_session": {"expire_date"},
}
# What is beyond a bound is at the bound, row by row: the name, and what it has now.
FIRST, LAST = "2000-01-02T00:00:00+00:00", "2200-12-31T00:00:00+00:00"
LONGEST = "30 days"
REPAIRED = {
    "competitions_competition": {
        "endless": {"closes_at": LAST},
        "draft-infinite": {"opens_at": FIRST, "closes_at": LAST},
        "draft-far": {"closes_at": LAST},
        "draft-early": {"opens_at": FIRST},
        "draft-patient": dict.fromkeys(WINDOWS, LONGEST),
        "draft-nowhere": {"time_zone": "UTC"},
        "final": {"upload_window": LONGEST},
    },
    "campaigns_campaign": {
        "Endless paper": {"ends_at": LAST},
        "Patient paper": {"starts_at": FIRST, "ends_at": LAST},
    },
}
NAMES = {"competitions_competition": "slug", "campaigns_campaign": "name"}
# A like of one's own entry is the only row that a migration removes.
REMOVED = {"interactions_like 2"}
# Tables that may have got further rows.
GROWN = {
    "auth_permission",
    "core_auditentry",
    "django_content_type",
    "django_migrations",
}
STAFF = ("ada",)
# Competitions whose further pages are opened as well.
PARTED = ("open", "final", "moderation")


@pytest.fixture(scope="module")
def before() -> Iterator[tuple[Restored, Rows]]:
    with restored() as site:
        yield site, site.rows()


@pytest.fixture(scope="module")
def migrated(before: tuple[Restored, Rows]) -> tuple[Restored, Rows]:
    """Migrated by today's code, with its rows before any other test acts."""
    site, _rows = before
    site.said("migrate", "--no-input")
    return site, site.rows()


@pytest.fixture(scope="module")
def site(migrated: tuple[Restored, Rows]) -> Iterator[Restored]:
    """The migrated site with its web process."""
    site, _rows = migrated
    with site.web():
        yield site


@pytest.fixture(scope="module")
def after(migrated: tuple[Restored, Rows]) -> Rows:
    _site, rows = migrated
    return rows


def test_no_row_is_lost_or_changed(before: tuple[Restored, Rows], after: Rows) -> None:
    _site, old = before
    assert set(old) <= set(after)
    gone = {
        f"{table} {key}"
        for table, rows in old.items()
        for key in set(rows) - set(after[table])
    }
    assert gone == REMOVED
    different = {
        f"{table} {key} {column}: {value!r} is {after[table][key].get(column)!r}"
        for table, rows in old.items()
        for key, row in rows.items()
        for column, value in row.items()
        if column not in CHANGED.get(table, ())
        and f"{table} {key}" not in gone
        and after[table][key].get(column) != value
    }
    assert different == set()
    grown = {table for table, rows in old.items() if set(after[table]) - set(rows)}
    assert grown <= GROWN


def test_every_mail_with_a_receipt_has_the_key_of_its_entry(
    before: tuple[Restored, Rows], after: Rows
) -> None:
    _site, old = before
    named = [
        key for key, mail in old["core_mail"].items() if "/receipts/" in mail["body"]
    ]
    entries = {after["core_mail"][key]["about"] for key in named}
    assert entries
    assert entries <= {row["id"] for row in after["submissions_submission"].values()}


@pytest.mark.parametrize("table", ["competitions_category", "competitions_prize"])
def test_the_order_of_a_competition_stays(
    before: tuple[Restored, Rows], after: Rows, table: str
) -> None:
    def ordered(rows: Rows) -> list[tuple[int, int]]:
        places = [
            (row["competition_id"], row["position"], row["id"])
            for row in rows[table].values()
        ]
        return [(competition, key) for competition, _place, key in sorted(places)]

    assert ordered(after) == ordered(before[1])


@pytest.mark.parametrize("table", REPAIRED)
def test_what_was_beyond_a_bound_is_at_the_bound(
    before: tuple[Restored, Rows], after: Rows, table: str
) -> None:
    site, old = before
    columns = CHANGED[table] - {"target_url", "state", "ended_at"}
    repaired = {
        row[NAMES[table]]: {
            name: row[name] for name in columns if row[name] != was[name]
        }
        for key, was in old[table].items()
        for row in (after[table][key],)
    }
    assert {name: new for name, new in repaired.items() if new} == REPAIRED[table]
    told = site.query(
        "SELECT DISTINCT row_id FROM core_auditentry WHERE table_name = %s"
        " AND source LIKE 'migration %%' AND reason <> ''",
        table,
    )
    assert len(told) == len(REPAIRED[table])


def acknowledged(rows: Rows) -> int:
    entries = rows["submissions_submission"].values()
    return sum(1 for row in entries if row["received_at"])


def test_guards_and_files_are_as_they_should_be(after: Rows, site: Restored) -> None:
    assert "equal the declarations" in site.said("states", "--check")
    found = json.loads(site.said("audit_storage", "--json", "--fresh"))
    assert found["damaged"] == []
    assert acknowledged(after) == len(FACTS["receipts"])
    assert found["checked"] == acknowledged(site.rows())


def test_receipts_issued_before_verify(site: Restored) -> None:
    published = json.loads(site.ask("/.well-known/jwks.json").body)["keys"]
    keys = KeySet([OKPKey.import_key(key) for key in published])
    used = set()
    for receipt in FACTS["receipts"]:
        statement = verify(receipt["jws"], keys)
        assert statement.sha256 == receipt["sha256"]
        used.add(statement.kid)
    # One of them was retired before the upgrade.
    assert len(used) == 2
    path = site.data / "receipt.jws"
    path.write_text(FACTS["receipts"][0]["jws"])
    assert FACTS["receipts"][0]["sha256"] in site.said("verify_receipt", str(path))


@pytest.mark.parametrize("name", sorted(FACTS["sessions"]))
def test_who_was_signed_in_still_is(site: Restored, name: str) -> None:
    assert site.ask("/me/", by=name).status == 200


def test_no_session_lasts_for_years(site: Restored) -> None:
    late = (
        "SELECT count(*) FROM django_session WHERE expire_date > now() + %s::interval"
    )
    assert site.query(late, "14 days") == [(0,)]


def test_an_address_with_capitals_is_lowered(
    before: tuple[Restored, Rows], after: Rows, site: Restored
) -> None:
    _site, old = before
    for table in ("accounts_user", "account_emailaddress"):
        changed = {
            row["email"]: after[table][key]["email"]
            for key, row in old[table].items()
            if after[table][key]["email"] != row["email"]
        }
        assert changed == {"Upabc@Example.org": "upabc@example.org"}
    journal = site.query(
        "SELECT table_name, reason FROM core_auditentry WHERE source = %s",
        "migrate accounts.0004_canonical_mail",
    )
    reason = "A mail address is stored in lower case and ASCII."
    assert sorted(journal) == [
        ("account_emailaddress", reason),
        ("accounts_user", reason),
    ]


def addresses(site: Restored) -> list[str]:
    """Every kind of page that a GET opens; of entries, one in each state."""
    slugs = [s for (s,) in site.query("SELECT slug FROM competitions_competition")]
    entries = site.query(
        "SELECT DISTINCT ON (state) public_id, token FROM submissions_submission"
        " ORDER BY state, id"
    )
    campaigns = site.query("SELECT id, picture FROM campaigns_campaign")
    parts = ("enter/", "gallery/", "books/", "deadline.ics")
    return [
        *("/", "/me/", "/campaigns/", "/verify/", "/.well-known/jwks.json"),
        *("/healthz/live", "/accounts/login/", "/accounts/signup/", "/accounts/email/"),
        *("/accounts/password/change/", "/accounts/2fa/", "/accounts/password/reset/"),
        *(f"/competitions/{slug}/" for slug in slugs),
        *(f"/competitions/{slug}/{part}" for slug in PARTED for part in parts),
        *(f"/entries/{name}/" for name, _ in entries),
        *(f"/entries/{name}/960.webp" for name, _ in entries),
        *(f"/entries/{name}/original" for name, _ in entries),
        *(f"/receipts/{token}/" for _, token in entries),
        *(f"/receipts/{token}/status/" for _, token in entries),
        *(f"/receipts/{token}/withdraw/" for _, token in entries),
        *(f"/campaigns/{pk}/pictures/{name or 'none.webp'}" for pk, name in campaigns),
    ]


def desk(site: Restored) -> list[str]:
    """Every page of the desk: lists, forms, histories."""
    models = {
        "accounts/user": "accounts_user",
        "accounts/organization": "accounts_organization",
        "auth/group": "auth_group",
        "competitions/competition": "competitions_competition",
        "submissions/submission": "submissions_submission",
        "submissions/award": "submissions_award",
        "campaigns/campaign": "campaigns_campaign",
    }
    pages = ["/admin/"]
    for path, table in models.items():
        pages += [f"/admin/{path}/", f"/admin/{path}/add/"]
        for (pk,) in site.query(f"SELECT id FROM {table} ORDER BY id LIMIT 4"):
            pages.append(f"/admin/{path}/{pk}/change/")
            pages.append(f"/admin/{path}/{pk}/history/")
    return pages


@pytest.mark.parametrize("by", [None, "alice", "ada"])
def test_every_page_opens(site: Restored, by: str | None) -> None:
    pages = addresses(site) + (desk(site) if by in STAFF else [])
    failed = {
        f"{page} {status}"
        for page in pages
        if (status := site.ask(page, by=by).status) >= 500
    }
    assert failed == set(), site.log()[-4000:]
    assert site.ask("/").status == 200


def test_the_important_pages_are_there(site: Restored) -> None:
    for slug in ("open", "final", "closed", "moderation", "cancelled"):
        assert site.ask(f"/competitions/{slug}/").status == 200
        assert site.ask(f"/competitions/{slug}/books/").status == 200
    for page in ("/admin/", "/admin/competitions/competition/"):
        assert site.ask(page, by="ada").status == 200


def test_the_half_sent_file_is_continued_and_acknowledged(site: Restored) -> None:
    half = FACTS["half_sent"]
    address, data = f"/uploads/{half['name']}/", (site.data / "half.jpg").read_bytes()
    asked = site.ask(address, by="alice", method="HEAD", headers=TUS)
    assert asked.headers["Upload-Offset"] == str(half["offset"])
    headers = {
        **TUS,
        "Upload-Offset": str(half["offset"]),
        "Content-Type": "application/offset+octet-stream",
    }
    answer = site.ask(
        address,
        by="alice",
        method="PATCH",
        body=data[half["offset"] :],
        headers=headers,
    )
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(len(data)))
    (row,) = site.query(
        "SELECT state, size FROM submissions_submission WHERE token = %s", half["token"]
    )
    assert row[0] != "reserved"
    assert row[1] == len(data)


def test_the_sweep_finishes_what_a_killed_worker_left(site: Restored) -> None:
    states = (
        "SELECT DISTINCT state FROM submissions_submission"
        " WHERE title IN ('Processing', 'Received')"
    )
    assert {("processing",), ("received",)} == set(site.query(states))
    site.said("sweep")
    assert site.query(states) == [("pending",)]
    assert site.query("SELECT count(*) FROM core_mail WHERE sent_at IS NULL") == [(0,)]
