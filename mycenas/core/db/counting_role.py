"""The role that reads sealed rows: it must be there before anything is migrated."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from mycenas.core.db.database import run

COUNTING_ROLE = "mycenas_counting"
# Another role than the owner of the tables is stopped by its missing privileges.
MAY_MIGRATE = """
SELECT current_user, to_regrole(%(role)s) IS NOT NULL AND (
  pg_has_role(to_regrole(%(role)s), 'MEMBER') OR EXISTS (SELECT FROM pg_class
    WHERE oid = to_regclass('public.django_migrations')
    AND NOT pg_has_role(relowner, 'USAGE')))
"""
MISSING = """\
The database role {role} is missing, or {user} is no member of it. It owns the
functions that count sealed scores. Nothing was changed. As a superuser of the server
run
  python -m mycenas.embedded roles --admin postgres://postgres@HOST \\
    --owner "$DATABASE_OWNER_URL" --app "$DATABASE_URL"
or, where the roles have other names than mycenas_owner and mycenas_app,
  psql --command='CREATE ROLE {role} NOLOGIN BYPASSRLS' \\
    --command='GRANT {role} TO {user}'
and then migrate again."""


def require_counting_role(**kwargs: Any) -> None:
    """Receiver of ``pre_migrate``: stops with what to do if the role is missing."""
    ((user, may_migrate),) = run(MAY_MIGRATE, {"role": COUNTING_ROLE})
    if not may_migrate:
        raise CommandError(MISSING.format(role=COUNTING_ROLE, user=user))
