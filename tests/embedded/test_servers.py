"""The embedded servers start, keep data, recover, and give way to given addresses."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psycopg
import pytest
import redis

from mycenas.embedded import servers
from mycenas.embedded.server import SHORT_FOLDER
from mycenas.embedded.servers import Servers
from mycenas.embedded.terminal import CannotStart
from tests.embedded.tools import all_gone, connected, until

pytestmark = pytest.mark.trial


def _setting(running: Servers, name: str) -> str:
    with connected(running.environment["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_both_servers_answer_at_their_addresses(shared: Servers) -> None:
    assert set(shared.environment) == set(servers.ADDRESSES)
    with connected(shared.environment["DATABASE_URL"]) as connection:
        assert connection.info.dbname == "mycenas"
    assert redis.Redis.from_url(shared.environment["REDIS_URL"]).ping()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("max_connections", "100"),
        ("TimeZone", "UTC"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        # Both would write into the log what people typed.
        ("log_error_verbosity", "terse"),
        ("log_min_error_statement", "panic"),
    ],
)
def test_postgres_runs_with_the_settings_it_must_have(
    shared: Servers, name: str, value: str
) -> None:
    assert _setting(shared, name) == value


def test_postgres_knows_all_letters(shared: Servers) -> None:
    with connected(shared.environment["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT lower('ÉÇ'), 'é' ILIKE 'É'").fetchone()
    assert row == ("éç", True)


def test_valkey_keeps_what_it_holds(shared: Servers) -> None:
    client = redis.Redis.from_url(shared.environment["REDIS_URL"])
    wanted = {"maxmemory-policy": "noeviction", "appendonly": "yes"}
    wanted["appendfsync"] = "everysec"
    assert {name: client.config_get(name)[name] for name in wanted} == wanted


@pytest.mark.parametrize("database", ["mycenas", "a_test_database"])
def test_the_app_role_writes_rows_and_nothing_else(
    shared: Servers, database: str
) -> None:
    owner, app = (
        shared.environment[name] for name in ("DATABASE_OWNER_URL", "DATABASE_URL")
    )
    if database != "mycenas":
        with connected(owner) as connection:
            connection.execute(f"CREATE DATABASE {database}")
    with connected(owner, database) as connection:
        connection.execute("CREATE TABLE entry (id bigserial PRIMARY KEY, title text)")
    with connected(app, database) as connection:
        connection.execute("INSERT INTO entry (title) VALUES ('a')")
        connection.execute("UPDATE entry SET title = 'b'")
        connection.execute("DELETE FROM entry")
        for refused in (
            "TRUNCATE entry",
            "ALTER TABLE entry DISABLE TRIGGER ALL",
            "DROP TABLE entry",
            "CREATE TABLE other (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)


def test_the_role_for_dumps_reads_what_is_sealed_and_writes_nothing(
    shared: Servers,
) -> None:
    owner, app, backup = (
        shared.environment[f"DATABASE_{name}URL"] for name in ("OWNER_", "", "BACKUP_")
    )
    with connected(owner) as connection:
        connection.execute("CREATE TABLE sealed AS SELECT 7 AS number")
        connection.execute(
            "ALTER TABLE sealed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        )
    for url, rows in ((owner, []), (app, []), (backup, [(7,)])):
        with connected(url) as connection:
            found = connection.execute("SELECT number FROM sealed").fetchall()
            assert found == rows
    with connected(backup) as connection:
        for refused in ("DELETE FROM sealed", "CREATE TABLE other (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)


def test_a_function_may_count_for_the_owner_what_is_sealed(shared: Servers) -> None:
    owner = shared.environment["DATABASE_OWNER_URL"]
    with connected(owner) as connection:
        for statement in (
            "CREATE TABLE counted AS SELECT 7 AS number",
            "ALTER TABLE counted ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "CREATE FUNCTION how_many() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
            " AS 'SELECT count(*) FROM counted'",
            "GRANT SELECT ON counted TO mycenas_counting",
            "GRANT CREATE ON SCHEMA public TO mycenas_counting",
            "ALTER FUNCTION how_many() OWNER TO mycenas_counting",
            "REVOKE CREATE ON SCHEMA public FROM mycenas_counting",
        ):
            connection.execute(statement)
        assert connection.execute("SELECT how_many()").fetchone() == (1,)
        assert connection.execute("SELECT FROM counted").fetchall() == []


def test_a_second_start_keeps_the_data(data_dir: Path) -> None:
    with servers.start(data_dir, environ={}) as running:
        with connected(running.environment["DATABASE_OWNER_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        redis.Redis.from_url(running.environment["REDIS_URL"]).set("kept", "7")
        pids = list(running.pids.values())
    assert all_gone(pids)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    with servers.start(data_dir, environ={}) as running:
        with connected(running.environment["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        assert redis.Redis.from_url(running.environment["REDIS_URL"]).get("kept")


def test_killed_servers_recover_with_what_was_committed(used_dir: Path) -> None:
    with servers.start(used_dir, environ={}) as running:
        with connected(running.environment["DATABASE_OWNER_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        killed = running.pids
        for pid in killed.values():
            os.kill(pid, signal.SIGKILL)
        until("the servers end", lambda: all_gone(list(killed.values())))
        for server in running.running:
            assert server.exit_code == -signal.SIGKILL
            server.stop()
            server.start()
        with connected(running.environment["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        assert redis.Redis.from_url(running.environment["REDIS_URL"]).ping()


def test_given_addresses_switch_the_embedded_servers_off(used_dir: Path) -> None:
    given = {"REDIS_URL": "redis://cache.example:6379/0"}
    with servers.start(used_dir, environ=given) as running:
        assert list(running.pids) == ["postgres"]
        assert running.environment["REDIS_URL"] == given["REDIS_URL"]
    given = {"DATABASE_URL": "postgres://me@db.example/mine"}
    with servers.start(used_dir, environ=given) as running:
        assert list(running.pids) == ["valkey"]
        assert running.environment["DATABASE_URL"] == given["DATABASE_URL"]
        assert "DATABASE_OWNER_URL" not in running.environment


def _refusal(data_dir: Path, environ: dict[str, str]) -> str:
    with (
        pytest.raises(CannotStart) as refusal,
        servers.start(data_dir, environ=environ),
    ):
        pass
    return str(refusal.value)


def test_an_owner_address_alone_is_refused(data_dir: Path) -> None:
    given = {"DATABASE_OWNER_URL": "postgres://me@db.example/mine"}
    assert "set both" in _refusal(data_dir, given)


def test_a_folder_in_use_is_refused(data_dir: Path) -> None:
    given = {"DATABASE_URL": "postgres://x@y/z", "REDIS_URL": "redis://y"}
    with servers.start(data_dir, environ=given):
        refusal = _refusal(data_dir, given)
    assert f"in use by another run (process {os.getpid()})" in refusal


def test_a_database_of_another_version_is_left_alone(used_dir: Path) -> None:
    (used_dir / "postgres" / "PG_VERSION").write_text("9\n")
    refusal = _refusal(used_dir, {"REDIS_URL": "redis://y"})
    assert "written by PostgreSQL 9" in refusal
    assert "pg_dump" in refusal


def test_a_cut_short_first_start_is_made_good(data_dir: Path) -> None:
    unfinished = data_dir / "postgres.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with servers.start(data_dir, environ={"REDIS_URL": "redis://y"}) as running:
        assert _setting(running, "server_encoding") == "UTF8"
    assert not unfinished.exists()


def test_long_and_odd_folder_names_work(data_dir: Path) -> None:
    folder = data_dir / "a b'c%" / ("d" * 90)
    with servers.start(folder, environ={}, durable=False) as running:
        address = running.environment["REDIS_URL"]
        short = Path(address.removeprefix("unix://").partition("?")[0]).parent
        assert short.parent == SHORT_FOLDER
        assert _setting(running, "fsync") == "off"
        assert redis.Redis.from_url(address).ping()
    assert not short.exists()


def test_odd_names_without_the_short_folder(data_dir: Path) -> None:
    with servers.start(data_dir / "a b'c%", environ={}, durable=False) as running:
        assert _setting(running, "fsync") == "off"
        assert redis.Redis.from_url(running.environment["REDIS_URL"]).ping()
