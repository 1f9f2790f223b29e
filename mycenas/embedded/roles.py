"""The database roles and what each of them may do.

`mycenas_owner` owns the tables and runs the migrations. `mycenas_app` serves the site:
it reads and writes rows, but can neither alter nor truncate a table nor switch a
trigger off. Neither reads what row-level security seals. `mycenas_counting` does: it
cannot log in, and owns the functions by which guards count sealed rows.
`mycenas_backup` reads everything and writes nothing, for dumps.
"""

from __future__ import annotations

from typing import LiteralString

import psycopg
from psycopg import sql

OWNER = "mycenas_owner"
APP = "mycenas_app"
COUNTING = "mycenas_counting"
BACKUP = "mycenas_backup"
DATABASE = "mycenas"

# TRUNCATE is left out on purpose: it would empty tables past their row triggers.
PRIVILEGES: tuple[LiteralString, ...] = (
    "SELECT, INSERT, UPDATE, DELETE ON TABLES",
    "USAGE, SELECT ON SEQUENCES",
    "EXECUTE ON FUNCTIONS",
)
DEFAULT = "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT {} TO {}"


def ensure(
    server: str,
    owner_password: str | None = None,
    app_password: str | None = None,
    backup_password: str | None = None,
) -> None:
    """Create roles, privileges and database where they are missing.

    `server` is a superuser's connection string without a database name. Running it
    again is harmless, so a first start that was cut short heals itself.
    """
    with _connect(server, "template1") as template:
        _ensure_role(template, OWNER, "LOGIN CREATEDB", owner_password)
        _ensure_role(template, APP, "LOGIN", app_password)
        _ensure_role(template, COUNTING, "NOLOGIN BYPASSRLS", None)
        _ensure_role(template, BACKUP, "LOGIN BYPASSRLS", backup_password)
        # The owner gives functions to the role that counts.
        _make_member(template, COUNTING, OWNER)
        _make_member(template, "pg_read_all_data", BACKUP)
        # Default privileges belong to one database; new ones, such as those of the
        # tests, inherit them from the template.
        _grant(template)
    with _connect(server, "postgres") as maintenance:
        _ensure_database(maintenance)
    with _connect(server, DATABASE) as database:
        _grant(database)


def _connect(server: str, database: str) -> psycopg.Connection:
    return psycopg.connect(server, dbname=database, autocommit=True)


def _grant(connection: psycopg.Connection) -> None:
    owner, app = sql.Identifier(OWNER), sql.Identifier(APP)
    for what in PRIVILEGES:
        connection.execute(sql.SQL(DEFAULT).format(owner, sql.SQL(what), app))


def _ensure_role(
    connection: psycopg.Connection,
    name: str,
    options: LiteralString,
    password: str | None,
) -> None:
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name])
    start = "CREATE ROLE {} " if known.fetchone() is None else "ALTER ROLE {} "
    statement = sql.SQL(start).format(sql.Identifier(name)) + sql.SQL(options)
    if password is not None:
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    connection.execute(statement)


def _make_member(connection: psycopg.Connection, role: str, member: str) -> None:
    names = sql.Identifier(role), sql.Identifier(member)
    connection.execute(sql.SQL("GRANT {} TO {}").format(*names))


def _ensure_database(connection: psycopg.Connection) -> None:
    known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
    if known.fetchone() is None:
        names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
