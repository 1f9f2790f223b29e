"""A real S3 server of one's own."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PROGRAM = Path(sys.prefix) / "bin" / "weed"
BUCKET, KEY, SECRET, REGION = "media", "key-of-tests", "secret-of-tests", "us-east-1"
PATIENCE = 60.0
STEP = 0.1
# Each has a twin for its own protocol; without a port of its own it takes a fixed one.
SERVICES = ("s3", "master", "volume", "filer", "admin")
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """The kernel ends the server if the tests are killed (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in held]
    for listener in held:
        listener.close()
    return ports


class Seaweed:
    """SeaweedFS on ports of its own; ``kill`` and ``start`` keep its files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}
        folder.joinpath("identities.json").write_text(
            json.dumps(
                {
                    "identities": [
                        {
                            "name": "tests",
                            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
                            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                        }
                    ]
                }
            )
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3.port']}"

    def start(self) -> None:
        """Return when it answers; new ports if somebody was faster."""
        for _try in range(3):
            self._launch()
            if self._answers():
                return
            self.kill()
            self._ports = {}
        raise AssertionError(self.said())

    def _launch(self) -> None:
        names = [f"{one}.port{twin}" for one in SERVICES for twin in ("", ".grpc")]
        if not self._ports:
            self._ports = dict(zip(names, free_ports(len(names)), strict=True))
        command = [
            str(PROGRAM), "mini", f"-dir={self._folder}", "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1", f"-bucket={BUCKET}", "-admin.ui=false",
            "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-master.telemetry=false", f"-s3.config={self._folder}/identities.json",
            *(f"-{name}={port}" for name, port in self._ports.items()),
        ]  # fmt: skip
        with self._folder.joinpath("log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def _answers(self) -> bool:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                return False
            try:
                _read_something(client(self.url))
            except (BotoCoreError, ClientError):
                time.sleep(STEP)
            else:
                return True
        return False

    def kill(self) -> None:
        """As a power cut would; nothing if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def halted(self) -> Iterator[None]:
        """There, but doing nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def said(self) -> str:
        return self._folder.joinpath("log").read_text(errors="replace")


def _read_something(store: Any) -> None:
    """After a start the names are there before the bytes are."""
    store.head_bucket(Bucket=BUCKET)
    for item in store.list_objects_v2(Bucket=BUCKET, MaxKeys=1).get("Contents", ()):
        store.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()


@contextmanager
def running_seaweed() -> Iterator[Seaweed]:
    folder = Path(tempfile.mkdtemp(prefix="mycenas-s3-"))
    server = Seaweed(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def client(url: str) -> Any:
    """A plain client for looking at the bucket past the code under test."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name=REGION,
        config=Config(
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=30,
            retries={"total_max_attempts": 1},
        ),
    )
