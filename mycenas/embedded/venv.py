"""Makes the virtual environment and installs into it.

Runs on the machine's own Python before anything is installed, so it imports only the
standard library and is written so that an old Python can report that it is too old.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)

TOO_OLD = """
Mycenas needs Python 3.11 or newer, but {name} is {version}.
Install a newer one and name it: make run PYTHON=python3.12"""
NO_VENV = """
{name} cannot make a virtual environment. One of these helps:
  Debian, Ubuntu:  apt-get install python3-venv
  otherwise:       {name} -m pip install --user virtualenv
Then run the same command again."""
NO_PACKAGES = """
Installing {requirements} failed; pip says why above. Usual causes: no network,
or a system for which a package has no wheel (see docs/dependencies.md)."""


def main(arguments: list[str]) -> None:
    """`venv.py FOLDER REQUIREMENTS`: make the folder if need be, then install."""
    folder, requirements = Path(arguments[0]), arguments[1]
    if sys.version_info < OLDEST:
        version = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(TOO_OLD.format(name=sys.executable, version=version))
    if not _is_whole(folder) and not _make(folder):
        sys.exit(NO_VENV.format(name=sys.executable))
    _say(f"installing {requirements} (the first time takes a minute or two) ...")
    install = _pip("install", "--require-hashes", "-r", requirements)
    if _call(str(folder / "bin" / "python"), *install) != 0:
        sys.exit(NO_PACKAGES.format(requirements=requirements))


def _is_whole(folder: Path) -> bool:
    """Whether the environment works: its Python may be gone, or pip be missing."""
    python = folder / "bin" / "python"
    return python.exists() and _call(str(python), *_pip("--version"), quiet=True) == 0


def _make(folder: Path) -> bool:
    _say(f"making a virtual environment in {folder} ...")
    # Debian's Python comes without the part that puts pip into an environment.
    bare = ("-m", "venv", "--without-pip", str(folder))
    fill = ("-m", "pip", "--python", str(folder / "bin" / "python"), "install", "pip")
    attempts = (
        [("-m", "venv", str(folder))],
        [("-m", "virtualenv", str(folder))],
        [bare, fill],
    )
    for commands in attempts:
        shutil.rmtree(folder, ignore_errors=True)
        codes = [_call(sys.executable, *command, quiet=True) for command in commands]
        if not any(codes) and _is_whole(folder):
            return True
    shutil.rmtree(folder, ignore_errors=True)
    return False


def _pip(*arguments: str) -> list[str]:
    return ["-m", "pip", "--disable-pip-version-check", *arguments]


def _call(*command: str, quiet: bool = False) -> int:
    output = subprocess.DEVNULL if quiet else None
    return subprocess.call(command, stdout=output, stderr=output)


def _say(text: str) -> None:
    print(f"setup    | {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
