"""tus-js-client and Uppy, unchanged, against the site.

In Node and in Chromium; sizes, pauses, lines that break, and a server that is killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.protocol.tus.breaking import BreakingLine, Fault
from tests.protocol.tus.browsing import PROGRAM, Chromium
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.sites import ROOT, site
from tests.protocol.tus.world import CSRF, JPEG_HEAD, contest, kept, person

MODULES = ROOT / "node_modules"
CLIENTS = Path(__file__).parent / "clients"
NODE = shutil.which("node")
pytestmark = pytest.mark.trial
# Ends a test that hangs; a busy machine takes its time.
PATIENCE = 300
KIBIBYTE, MEBIBYTE = 1024, 1024 * 1024

Told = dict[str, Any]


def needs(*packages: str, browser: bool = False) -> list[pytest.MarkDecorator]:
    missing = [name for name in packages if not (MODULES / name).is_dir()]
    if NODE is None:
        missing.append("Node")
    if browser and PROGRAM is None:
        missing.append("Chromium")
    reason = f"needs {', '.join(missing)}; .ci/run installs what npm has"
    skip = pytest.mark.skipif(bool(missing), reason=reason)
    return [skip, *([pytest.mark.browser] if browser else [])]


TUS_IN_NODE = pytest.param("tus_node.cjs", marks=needs("tus-js-client"))
UPPY_IN_NODE = pytest.param("uppy_node.mjs", marks=needs("@uppy/core", "@uppy/tus"))
TUS_IN_CHROMIUM = pytest.param(
    "tus_page.js", marks=needs("tus-js-client", browser=True)
)
UPPY_IN_CHROMIUM = pytest.param(
    "uppy_page.mjs", marks=needs("@uppy/core", "@uppy/tus", "esbuild", browser=True)
)
IN_NODE = [TUS_IN_NODE, UPPY_IN_NODE]
EVERYWHERE = [*IN_NODE, TUS_IN_CHROMIUM, UPPY_IN_CHROMIUM]


class Clients:
    """Runs the programs of ``clients/`` beside the test."""

    def __init__(self, folder: Path, browser: Chromium | None) -> None:
        self._folder = folder
        self._browser = browser
        self._pool = ThreadPoolExecutor(1)
        self._running: list[subprocess.Popen[str]] = []

    def send(
        self, client: str, size: int, sender: Sender, words: dict[str, str], **told: Any
    ) -> tuple[Future[Told], bytes]:
        """Start to send so many bytes; what the client will be told, and the bytes."""
        data = JPEG_HEAD + os.urandom(size - len(JPEG_HEAD))
        (self._folder / "work.jpg").write_bytes(data)
        told = {
            "modules": str(MODULES),
            "url": sender.url,
            "cookies": sender.cookies,
            "csrf": CSRF,
            "headers": {"X-CSRFToken": CSRF},
            "file": str(self._folder / "work.jpg"),
            "metadata": {**words, "filename": "work.jpg"},
            "slug": Submission.objects.get(token=words["ticket"]).competition.slug,
            **told,
        }
        run = self._in_chromium if "page" in client else self._in_node
        return self._pool.submit(run, client, sender, told), data

    def close(self) -> None:
        for program in self._running:
            program.kill()
        self._pool.shutdown()

    def _in_node(self, client: str, sender: Sender, told: Told) -> Told:
        told["headers"]["Cookie"] = sender.cookies
        command = [str(NODE), str(CLIENTS / client), json.dumps(told)]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._running.append(program)
        said, _ = program.communicate(timeout=PATIENCE)
        assert program.returncode == 0
        found: Told = json.loads(said)
        return found

    def _in_chromium(self, client: str, sender: Sender, told: Told) -> Told:
        script = self._bundled(client) if client.endswith(".mjs") else _with_tus(client)

        def steps(page: Any) -> Told:
            page.set_default_timeout(PATIENCE * 1000)
            page.locator("input[type=file]").set_input_files(told["file"])
            # Scripts of a test pass a policy that keeps foreign ones out.
            page.evaluate(f"{script};null")
            found: Told = page.evaluate("(told) => window.sendFile(told)", told)
            return found

        place = f"/competitions/{told['slug']}/enter/"
        assert self._browser
        found, _complaints = self._browser.visit(sender, place, steps)
        return found

    def _bundled(self, client: str) -> str:
        bundler = MODULES / ".bin" / "esbuild"
        command = [str(bundler), str(CLIENTS / client), "--bundle", "--format=iife"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout


def _with_tus(client: str) -> str:
    library = (MODULES / "tus-js-client" / "dist" / "tus.min.js").read_text()
    return f"{library};{(CLIENTS / client).read_text()}"


@pytest.fixture
def clients(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Clients]:
    in_browser = "page" in request.node.callspec.params.get("client", "")
    # Asked for here: fixtures that other threads set up are never taken down.
    browser = request.getfixturevalue("browser") if in_browser else None
    clients = Clients(tmp_path, browser)
    yield clients
    clients.close()


def check(sending: Future[Told], data: bytes) -> None:
    """The client was told of an entry that holds exactly its bytes."""
    said = sending.result(PATIENCE)
    entry = Submission.objects.get()
    assert said.get("token") == entry.token, said
    assert (entry.state, entry.size) == (S.RECEIVED, len(data))
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert kept() == data


@pytest.mark.parametrize(
    "size", [pytest.param(KIBIBYTE, marks=pytest.mark.soak), 5 * MEBIBYTE]
)
@pytest.mark.parametrize("client", EVERYWHERE)
def test_a_file_of_any_size_arrives(clients, client, size, ada, words):
    check(*clients.send(client, size, ada, words))


@pytest.mark.parametrize("client", IN_NODE)
def test_a_file_in_many_pieces_with_a_pause_arrives(clients, client, ada, words):
    told = {"chunkSize": MEBIBYTE, "interrupt": True}
    check(*clients.send(client, 9 * MEBIBYTE, ada, words, **told))


@pytest.mark.soak
@pytest.mark.parametrize("client", IN_NODE[:1])
def test_200_mebibytes_survive_pauses_cuts_and_a_killed_server(
    transactional_db, clients, client
):
    survives(clients, client, 200 * MEBIBYTE)


@pytest.mark.parametrize("client", EVERYWHERE[1:])
def test_with_any_client_a_file_survives_pauses_cuts_and_a_killed_server(
    transactional_db, clients, client
):
    survives(clients, client, 120 * MEBIBYTE)


def survives(clients: Clients, client: str, size: int) -> None:
    """Pauses, two cuts, and a server that is killed on the way."""
    place = contest(max_megabytes=250)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        faults: tuple[Fault, ...] = (
            ("cut", 9 * MEBIBYTE),
            ("cut", 30 * MEBIBYTE),
            ("hold", 40 * MEBIBYTE),
        )
        with BreakingLine(listener.getsockname()[1], *faults) as line:
            ada = Sender(line.url, person())
            with site(listener) as first:
                words = {"ticket": ada.reserve(place)["token"]}
                sending, data = clients.send(client, size, ada, words, interrupt=True)
                assert line.held.wait(PATIENCE)
                first.send_signal(signal.SIGKILL)
                first.wait()
            durable = Upload.objects.get().offset
            assert 0 < durable < len(data)
            with site(listener):
                line.release()
                check(sending, data)
            assert not line.left
