"""The command line: `python -m mycenas.embedded run|exec|roles`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mycenas.embedded import roles
from mycenas.embedded.execute import execute
from mycenas.embedded.run import run


def main(arguments: list[str]) -> int:
    """Parse the command line and hand over; returns the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command == "run":
        return run(not chosen.no_demo, chosen.with_parent, chosen.ready_file)
    if chosen.command == "exec":
        program = chosen.program[chosen.program[:1] == ["--"] :]
        if not program:
            parser.error("exec needs a command: exec -- CMD")
        return execute(program, chosen.data_dir, chosen.with_parent)
    urls = (chosen.owner, chosen.app, chosen.backup)
    roles.ensure(chosen.admin, *map(_password, urls))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mycenas.embedded")
    commands = parser.add_subparsers(dest="command", required=True)
    site = commands.add_parser("run", help="bring up the whole site")
    site.add_argument("--no-demo", action="store_true", help="no demo data")
    site.add_argument("--ready-file", type=Path, help="written when all is up (JSON)")
    one = commands.add_parser("exec", help="run one command with servers under it")
    one.add_argument("--data-dir", type=Path, help="use this folder's servers")
    one.add_argument("program", nargs=argparse.REMAINDER, metavar="-- CMD")
    for command in (site, one):
        what = "also stop when the program that started this one is gone"
        command.add_argument("--with-parent", action="store_true", help=what)
    own = commands.add_parser("roles", help="create database and roles on a server")
    own.add_argument("--admin", required=True, help="a superuser's URL")
    own.add_argument("--owner", required=True, help="DATABASE_OWNER_URL to be")
    own.add_argument("--app", required=True, help="DATABASE_URL to be")
    own.add_argument("--backup", default="", help="DATABASE_BACKUP_URL to be")
    return parser


def _password(url: str) -> str | None:
    password = urlsplit(url).password
    return unquote(password) if password is not None else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
