"""A tiny site in a folder of its own, for tests of what starts and stops a site.

The launcher is the real one, copied; web, worker, beat, sweep and the management
commands are small stand-ins, so that these tests need no Django and start quickly.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.embedded.tools import ROOT, clean_environment, launched, until

MANAGE = """\
import os, signal, sys, time
print("managing", *sys.argv[1:], flush=True)
if os.environ.get("FAILS") == sys.argv[1]:
    sys.exit(9)
kills = os.path.join(os.environ["DATA_DIR"], os.environ.get("KILLS", "") + ".pid")
if os.environ.get("KILLER") == sys.argv[1] and os.path.exists(kills):
    pid = int(open(kills).read())
    os.unlink(kills)
    os.kill(pid or os.getpid(), signal.SIGKILL)
    sys.exit(8)
while "--forever" in sys.argv:
    time.sleep(0.1)
"""
CELERY = """\
import os, subprocess, sys, time
if os.environ.get("FAILS") in sys.argv:
    sys.exit(7)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(os.path.join(os.environ["DATA_DIR"], sys.argv[3] + ".child"), "w").write(
    str(child.pid)
)
print("ready", *sys.argv[1:], flush=True)
time.sleep(600)
"""
ASGI = """\
import os, time
# Kept for tests that kill the process: only the first one can be found.
first = os.path.join(os.environ["DATA_DIR"], "web.first")
if not os.path.exists(first):
    for name in (first, os.path.join(os.environ["DATA_DIR"], "web.pid")):
        open(name, "w").write(str(os.getpid()))
while os.environ.get("SLOW_WEB") and not os.path.exists(
    os.path.join(os.environ["DATA_DIR"], "go")
):
    time.sleep(0.1)
async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"stand-in"})
"""

# uvicorn's own: the real one asks for Django's settings.
PROTOCOL = """\
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as BoundedProtocol
"""


def build(folder: Path) -> Path:
    """Write the stand-in site into `folder`."""
    package = folder / "mycenas"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "mycenas" / "embedded", package / "embedded", ignore=ignored)
    (package / "__init__.py").touch()
    (package / "asgi.py").write_text(ASGI)
    (package / "serving").mkdir()
    (package / "serving" / "protocol.py").write_text(PROTOCOL)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "celery").mkdir()
    # Without this file the installed Celery would be found first.
    (folder / "celery" / "__init__.py").touch()
    (folder / "celery" / "__main__.py").write_text(CELERY)
    return folder


class Run:
    """A launched stand-in site."""

    def __init__(self, process: subprocess.Popen[str], ready: Path) -> None:
        """`ready` is the file that the launcher writes when all is up."""
        self.process = process
        self._ready = ready

    def facts(self) -> dict[str, Any]:
        """What the launcher has written, once it has."""
        until("the site is up", self._is_up)
        facts: dict[str, Any] = json.loads(self._ready.read_text())
        return facts

    def pids(self) -> list[int]:
        """Every process of the site, the children's children included."""
        facts = self.facts()
        children = Path(facts["data_dir"]).glob("*.child")
        return [*facts["pids"].values(), *(int(one.read_text()) for one in children)]

    def end(self, number: int) -> str:
        """Signal the launcher and return all that it has said."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=60)[0]

    def _is_up(self) -> bool:
        assert self.process.poll() is None, self.process.communicate()[0]
        return self._ready.exists()


@contextmanager
def running_site(folder: Path, *arguments: str, **environ: str) -> Iterator[Run]:
    """Launch the site in `folder` on any free port, on servers of its own."""
    ready = folder / "ready.json"
    variables: Mapping[str, str] = clean_environment(
        PYTHONPATH=str(folder),
        PORT="0",
        DATA_DIR=str(folder / "var"),
        **environ,
    )
    command = ("-m", "mycenas.embedded", "run", "--ready-file", str(ready), *arguments)
    with launched(*command, environ=variables, folder=folder) as process:
        yield Run(process, ready)
