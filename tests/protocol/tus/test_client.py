"""tus-js-client, unchanged, against the site: sizes, interruptions, a killed server."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from submissions.storage import store
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.world import CSRF, JPEG_HEAD, contest, kept, person

ROOT = Path(__file__).resolve().parents[3]
MODULES = ROOT / "node_modules"
NODE = shutil.which("node")
PATIENCE = 60
KIBIBYTE, MEBIBYTE = 1024, 1024 * 1024

pytestmark = pytest.mark.skipif(
    NODE is None or not (MODULES / "tus-js-client").is_dir(),
    reason="needs Node and node_modules/tus-js-client; .ci/run installs it",
)


@pytest.fixture
def send(ada, words, tmp_path):
    """Start the client with so many bytes; its process and the bytes."""
    running = []

    def start(size, sender=ada, words=words, **settings):
        data = JPEG_HEAD + os.urandom(size - len(JPEG_HEAD))
        (tmp_path / "work.jpg").write_bytes(data)
        told = {
            "modules": str(MODULES),
            "url": sender.url,
            "cookies": sender.cookies,
            "csrf": CSRF,
            "file": str(tmp_path / "work.jpg"),
            "metadata": {**words, "filename": "work.jpg"},
            **settings,
        }
        script = Path(__file__).with_name("client.cjs")
        command = [str(NODE), str(script), json.dumps(told)]
        client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(client)
        return client, data

    yield start
    for client in running:
        client.kill()
        client.wait()


def check(client, data):
    """The client was told of an entry that holds exactly its bytes."""
    said, _ = client.communicate(timeout=PATIENCE)
    assert client.returncode == 0
    entry = Submission.objects.get()
    assert json.loads(said)["token"] == entry.token
    assert (entry.state, entry.size) == (S.RECEIVED, len(data))
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert kept() == data


@pytest.mark.parametrize("size", [KIBIBYTE, 300 * KIBIBYTE, 50 * MEBIBYTE])
def test_a_file_of_any_size_arrives(send, size):
    check(*send(size))


@pytest.mark.parametrize("size", [KIBIBYTE, 5 * MEBIBYTE])
def test_bytes_may_come_with_the_creation(send, size):
    check(*send(size, during=True))


def test_a_file_in_many_pieces_arrives(send):
    check(*send(5 * MEBIBYTE, chunkSize=MEBIBYTE))


@pytest.mark.parametrize("chunk", [0, MEBIBYTE])
def test_a_paused_file_goes_on(send, chunk):
    check(*send(50 * MEBIBYTE, interrupt=True, chunkSize=chunk))


# --- a server that dies


def database_of_this_test() -> str:
    address = urlsplit(os.environ["DATABASE_URL"])
    return address._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def site(listener: socket.socket):
    """The site as a process of its own, on a socket that outlives it."""
    command = [
        sys.executable, "-m", "uvicorn", "mycenas.asgi:application",
        "--fd", str(listener.fileno()), "--log-level", "warning",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "DATABASE_URL": database_of_this_test(),
        "DJANGO_SETTINGS_MODULE": "mycenas.settings",
        "DATA_DIR": str(store().root),
        "DEBUG": "1",
    }
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, pass_fds=[listener.fileno()]
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_for_durable_bytes() -> int:
    """How much is durable, once anything is."""
    pause = threading.Event()
    for _ in range(PATIENCE * 100):
        upload = Upload.objects.first()
        if upload and upload.offset:
            return upload.offset
        pause.wait(0.01)
    raise AssertionError("no byte became durable")


def test_a_killed_server_costs_no_bytes_that_were_durable(
    transactional_db, send, words
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ada = Sender(url, person())
        words = {**words, "competition": contest().slug}
        with site(listener) as first:
            client, data = send(50 * MEBIBYTE, ada, words, chunkSize=45 * MEBIBYTE)
            wait_for_durable_bytes()
            first.send_signal(signal.SIGKILL)
            first.wait(PATIENCE)
        durable = Upload.objects.get().offset
        assert 0 < durable < len(data)
        with site(listener):
            check(client, data)
