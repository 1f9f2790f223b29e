"""Privileges of the site's database role on each table; all others are revoked.

Each app declares its tables in ``privileges`` of its ``AppConfig``; those of libraries
are declared here. The owner grants them at the end of every ``migrate``, because a
library may add a table, which would get the default privileges.
"""

from __future__ import annotations

import re
from typing import Any

from django.apps import apps
from django.db import connection

from mycenas.core.db.database import run

APP_ROLE = "mycenas_app"
EVERYTHING = "DELETE, INSERT, SELECT, UPDATE"
READ = "SELECT"

LIBRARIES = {
    "account_emailaddress": EVERYTHING,
    "account_emailconfirmation": EVERYTHING,
    "auth_group": READ,
    "auth_group_permissions": READ,
    "auth_permission": READ,
    # Entries go with the person whose acts they are, and PostgreSQL keeps all others.
    "django_admin_log": "DELETE, INSERT, SELECT",
    "django_content_type": READ,
    "django_migrations": READ,
    "django_session": EVERYTHING,
    "mfa_authenticator": EVERYTHING,
}

_ON_COLUMN = re.compile(r"\w+ \((\w+)\)")
# Column privileges read "UPDATE (name)", as in GRANT.
GIVEN = """
SELECT relname, string_agg(DISTINCT given, ', ' ORDER BY given) FROM (
  SELECT relname, grantee, privilege_type AS given
  FROM pg_class, aclexplode(relacl)
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT relname, grantee, privilege_type || ' (' || attname || ')'
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, aclexplode(attacl)
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = 'public'::regnamespace
) AS privileges
WHERE grantee IN (0, to_regrole(%s)) GROUP BY relname
"""
TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = 'public'::regnamespace
"""
MAY_GRANT = """
SELECT to_regrole(%s) IS NOT NULL AND pg_has_role(current_user, relowner, 'USAGE')
FROM pg_class WHERE oid = to_regclass('public.django_migrations')
"""


def declared() -> dict[str, str]:
    """The declared privileges of the site's role, by table."""
    found = dict(LIBRARIES)
    for config in apps.get_app_configs():
        found.update(getattr(config, "privileges", {}))
    return found


def given() -> dict[str, str]:
    """The privileges that the site's role or PUBLIC has, by table."""
    nothing = {table: "" for (table,) in run(TABLES, [])}
    return nothing | dict(run(GIVEN, [APP_ROLE]))


def grant_declared(plan: object = None, **kwargs: Any) -> None:
    """Grant the declared privileges to the site's role and revoke all others.

    Receiver of ``post_migrate``; only ``migrate`` gives a ``plan``, ``flush`` does not.
    """
    if plan is None or not _may_grant():
        return
    wanted = declared()
    with connection.cursor() as cursor:
        for table, found in given().items():
            privileges = wanted.get(table, "")
            if found == privileges:
                continue
            name = connection.ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name} FROM PUBLIC, {APP_ROLE}")
            if there := _of_columns_there(cursor, table, privileges):
                cursor.execute(f"GRANT {there} ON {name} TO {APP_ROLE}")


def _of_columns_there(cursor: Any, table: str, privileges: str) -> str:
    """``privileges`` without those on columns that a reversed migration removed."""
    description = connection.introspection.get_table_description(cursor, table)
    columns = {column.name for column in description}
    return ", ".join(
        privilege
        for privilege in privileges.split(", ")
        if not (match := _ON_COLUMN.fullmatch(privilege)) or match[1] in columns
    )


def differences() -> list[str]:
    """One sentence for each table whose privileges are not the declared ones."""
    if not has_app_role():
        return []
    wanted = declared()
    return [
        f"The privileges of {APP_ROLE} on {table} are different: they should be "
        f"“{wanted[table]}” and are “{found}”; run migrate."
        for table, found in sorted(given().items())
        if found != wanted.get(table, found)
    ]


def undeclared() -> list[str]:
    """One sentence for each table that the role may use and no app declares."""
    if not has_app_role():
        return []
    return [
        f"The table {table} is not declared, and {APP_ROLE} has {found} on it."
        for table, found in sorted(given().items())
        if found and table not in declared()
    ]


def has_app_role() -> bool:
    """Whether the site's role exists; without it one role does everything."""
    return run("SELECT to_regrole(%s) IS NOT NULL", [APP_ROLE]) == [(True,)]


def _may_grant() -> bool:
    return run(MAY_GRANT, [APP_ROLE]) == [(True,)]
