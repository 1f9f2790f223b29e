"""Several web processes serve one site: on one data folder, and behind nginx."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from submissions.models import Submission, Upload
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.sites import site
from tests.protocol.tus.world import JPEG_HEAD, contest, person

pytestmark = [
    pytest.mark.trial,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
PICTURE = JPEG_HEAD + bytes(60_000)
UPLOADS = 6
CALL_UP = 60


def url_of(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def two_sites(*folders: Path | None) -> Iterator[list[socket.socket]]:
    """Two processes on one database; ``folders`` are their data folders."""
    with ExitStack() as stack:
        listeners = []
        for folder in folders:
            listener = socket.create_server(("127.0.0.1", 0), backlog=100)
            listeners.append(stack.enter_context(listener))
            stack.enter_context(site(listener, folder))
        yield listeners


def test_an_upload_begun_in_one_process_continues_in_the_other():
    with two_sites(None, None) as (first, second):
        ada, place = Sender(url_of(first), person()), contest()
        ticket = ada.reserve(place, size=len(PICTURE))
        path = ticket["upload_url"].removeprefix(ada.url)
        assert ada.patch(path, PICTURE[:20_000], 0).offset == 20_000
        other = Sender(url_of(second), ada.user)
        assert other.where(path).offset == 20_000
        reply = other.patch(path, PICTURE[20_000:], 20_000)
        assert reply.headers["Mycenas-Token"] == ticket["token"]
        assert ada.where(path).offset == len(PICTURE)


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def written(folder: Path, listeners: list[socket.socket], port: int) -> str:
    """The documented configuration, with the addresses and folders of this test."""
    text = OPERATIONS.read_text()
    [block] = re.findall(r"```nginx\n(map .*?)```", text, re.DOTALL)
    for number, listener in enumerate(listeners, 1):
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        block = block.replace(f"10.0.0.{number}:8000", place)
    block = block.replace("listen 80;", f"listen 127.0.0.1:{port};")
    block = block.replace("/var/log/nginx", str(folder))
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{paths}{block}}}\n"
    )


@contextmanager
def nginx(folder: Path, text: str, port: int) -> Iterator[str]:
    assert NGINX is not None
    (folder / "nginx.conf").write_text(text)
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command) as process:
        try:
            for _ in range(CALL_UP * 100):
                with socket.socket() as probe:
                    probe.settimeout(0.01)
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, (folder / "error.log").read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def offsets(sender: Sender) -> list[int]:
    """Send each of some uploads in three parts; where they end, by HEAD."""
    place, ends = contest(), []
    for number in range(UPLOADS):
        picture = PICTURE + bytes([number])
        ticket = sender.reserve(place, size=len(picture))
        path = ticket["upload_url"].removeprefix(sender.url)
        for offset in range(0, len(picture), 25_000):
            sender.patch(path, picture[offset : offset + 25_000], offset)
        ends.append(sender.where(path).offset - len(picture))
    return ends


@pytest.mark.skipif(NGINX is None, reason="needs Debian's package nginx-light")
@pytest.mark.parametrize("hashed", [True, False])
def test_behind_nginx_all_requests_of_an_upload_reach_one_machine(tmp_path, hashed):
    """Without the hash, the control, uploads begin again at the other machine."""
    folders = [tmp_path / name for name in ("one", "two", "nginx")]
    for folder in folders:
        folder.mkdir()
    port = unused_port()
    with two_sites(*folders[:2]) as listeners:
        text = written(folders[2], listeners, port)
        if not hashed:
            text = text.replace("hash $uri consistent;", "")
        with nginx(folders[2], text, port) as url:
            ends = offsets(Sender(url, person()))
    assert (set(ends) == {0}) == hashed
    assert Submission.objects.filter(received_at=None).exists() != hashed
    log = (folders[2] / "access.log").read_text()
    assert "/uploads/..." in log
    for upload in Upload.objects.all():
        assert upload.name not in log + (folders[2] / "error.log").read_text()
