"""The command line: `python -m mycenas.embedded run|exec|roles`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mycenas.embedded import roles
from mycenas.embedded.execute import execute
from mycenas.embedded.run import Options, run


def main(arguments: list[str]) -> int:
    """Parse the command line and hand over; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "run":
        return _run(chosen)
    if chosen.command == "exec":
        return _exec(chosen)
    return _roles(chosen)


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
        command.add_argument(
            "--with-parent",
            action="store_true",
            help="also stop when the program that started this one is gone",
        )
    own = commands.add_parser("roles", help="create database and roles on a server")
    own.add_argument("--admin", required=True, help="a superuser's URL")
    own.add_argument("--owner", required=True, help="DATABASE_OWNER_URL to be")
    own.add_argument("--app", required=True, help="DATABASE_URL to be")
    return parser


def _run(chosen: argparse.Namespace) -> int:
    return run(
        Options.from_environ(
            os.environ,
            with_demo=not chosen.no_demo,
            with_parent=chosen.with_parent,
            ready_file=chosen.ready_file,
        )
    )


def _exec(chosen: argparse.Namespace) -> int:
    program: list[str] = chosen.program
    if program[:1] == ["--"]:
        program = program[1:]
    if not program:
        _parser().error("exec needs a command: exec -- CMD")
    return execute(program, data_dir=chosen.data_dir, with_parent=chosen.with_parent)


def _roles(chosen: argparse.Namespace) -> int:
    roles.ensure(
        chosen.admin,
        owner_password=_password(chosen.owner),
        app_password=_password(chosen.app),
    )
    return 0


def _password(url: str) -> str | None:
    password = urlsplit(url).password
    return unquote(password) if password is not None else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
