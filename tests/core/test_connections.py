"""Database connections and the threads that use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SHOW = """
import json
from mycenas import asgi, settings
door = asgi.application
pools = (door._inside._asgi.executor, door._lane.looking, door._lane.keeping)
print(json.dumps([
    sum(pool._max_workers for pool in pools),
    settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"],
]))
"""


@pytest.mark.parametrize(("bucket", "threads"), [("", 16), ("media", 28)])
def test_each_thread_of_a_web_process_finds_a_connection(bucket, threads):
    environment = {**os.environ, "S3_BUCKET": bucket, "DEBUG": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={**environment, "DJANGO_SETTINGS_MODULE": "mycenas.settings"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(answer.stdout) == [threads, threads + 2]
