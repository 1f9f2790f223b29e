"""Decides as which account PostgreSQL runs and where its files are.

PostgreSQL refuses to run as root. Root starts it under another account, which must
reach the programs and the data. In order:

1. an ordinary user starts it directly;
2. root starts it under an unprivileged account, if that account can get there;
3. root starts it in a user namespace, in which root's own files belong to such an
   account (a checkout below a home folder that is closed to others);
4. where namespaces are forbidden, programs and data live below /var/lib/mycenas.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mycenas.embedded.server import Say
from mycenas.embedded.terminal import CannotStart

ACCOUNTS = ("postgres", "nobody")
ELSEWHERE = Path("/var/lib/mycenas")
FOREIGN = """\
The database in {data} belongs to another account. Start as that account, or choose
another folder: DATA_DIR=/some/folder"""
NO_ACCOUNT = """\
PostgreSQL does not run as root, and there is neither an account `postgres` nor
`nobody`. Start as an ordinary user, or set DATABASE_URL."""


@dataclass(frozen=True)
class Placement:
    """Where the programs and the data are, and how the programs are called."""

    programs: Path
    data: Path
    prefix: tuple[str, ...] = ()
    account: pwd.struct_passwd | None = None

    def command(self, program: str, *arguments: str) -> list[str]:
        """The full command line of one of the programs."""
        return [*self.prefix, str(self.programs / program), *arguments]

    def options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess` that switch the account."""
        # The caller's folder may be closed to the account.
        options: dict[str, Any] = {"cwd": "/", "start_new_session": True}
        if self.account is not None:
            options |= {"user": self.account.pw_uid, "group": self.account.pw_gid}
            options["extra_groups"] = []
        return options

    def give(self, path: Path) -> None:
        """Make a folder the account's own, closed to others."""
        path.chmod(0o700)
        if self.account is None or path.stat().st_uid == self.account.pw_uid:
            return
        user, group = self.account.pw_uid, self.account.pw_gid
        for item in [path, *path.rglob("*")]:
            os.chown(item, user, group, follow_symlinks=False)


def place(programs: Path, data: Path, say: Say) -> Placement:
    """Choose for the data folder `data`, which need not exist yet."""
    wanted = Placement(programs, data)
    user = os.geteuid()
    if user != 0:
        if data.exists() and data.stat().st_uid != user:
            raise CannotStart(FOREIGN.format(data=data))
        return wanted
    account = _account_for(data)
    if _reaches(account, programs) and _reaches(account, data.parent):
        return replace(wanted, account=account)
    prefix = _namespace(account)
    if prefix and not _marker(data).exists():
        return replace(wanted, prefix=prefix)
    return _move(wanted, account, say)


def _account_for(data: Path) -> pwd.struct_passwd:
    owner = data.stat().st_uid if data.exists() else 0
    accounts = pwd.getpwall()
    owners = [one for one in accounts if owner and one.pw_uid == owner]
    usual = [one for name in ACCOUNTS for one in accounts if one.pw_name == name]
    for account in (*owners, *usual):
        return account
    raise CannotStart(NO_ACCOUNT)


def _reaches(account: pwd.struct_passwd, folder: Path) -> bool:
    """Whether the account may walk to `folder` and through it: a shell tries."""
    options = Placement(folder, folder, account=account).options()
    command = ("/bin/sh", "-c", 'cd "$0"', folder)
    return subprocess.run(command, capture_output=True, **options).returncode == 0


def _namespace(account: pwd.struct_passwd) -> tuple[str, ...]:
    """The command prefix that maps root to the account, if the system allows it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    user, group = f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}"
    prefix = (unshare, "--user", user, group)
    tried = subprocess.run([*prefix, "true"], capture_output=True)
    return prefix if tried.returncode == 0 else ()


def _marker(data: Path) -> Path:
    return data.with_name(f"{data.name}.location")


def _move(wanted: Placement, account: pwd.struct_passwd, say: Say) -> Placement:
    ELSEWHERE.mkdir(mode=0o755, exist_ok=True)
    programs = wanted.programs
    if not _reaches(account, programs):
        programs = _copy_programs(programs)
    data = _data_elsewhere(wanted.data)
    say("postgres", f"{account.pw_name} cannot enter {wanted.data.parent}.")
    say("postgres", f"The database is therefore in {data}.")
    return Placement(programs, data, account=account)


def _copy_programs(programs: Path) -> Path:
    """Copy the wheel's programs with the libraries beside it; return their folder."""
    package = programs.parents[1]
    stamp = f"{package}{(programs / 'postgres').stat().st_mtime_ns}"
    target = ELSEWHERE / f"programs-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    if not target.exists():
        parts = Path(tempfile.mkdtemp(dir=ELSEWHERE))
        parts.chmod(0o755)
        for source in package.parent.glob(f"{package.name}*"):
            if source.suffix in ("", ".libs"):
                shutil.copytree(source, parts / source.name, symlinks=True)
        parts.rename(target)
    return target / programs.relative_to(package.parent)


def _data_elsewhere(data: Path) -> Path:
    # The random name is kept beside the other data: deleting that folder starts afresh.
    marker = _marker(data)
    if marker.exists():
        return Path(marker.read_text().strip())
    folder = Path(tempfile.mkdtemp(prefix="data-", dir=ELSEWHERE))
    folder.chmod(0o711)
    marker.write_text(f"{folder / data.name}\n")
    return folder / data.name
