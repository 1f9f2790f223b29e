"""Children that try to exceed each limit, and one that outlives its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict

import pytest

from mycenas.imaging.rendering import (
    PROJECT,
    DecoderLimits,
    parse_result,
    warn_missing_limits,
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux can be asked for all limits"
)

MIB = 1024**2
# What is needed is loaded first, as in the sandbox.
CONFINE = """
import json, os, sys, tempfile, threading
sys.path.append(sys.argv[1])
from mycenas.imaging.sandbox import limits
spare = tempfile.TemporaryFile()
refused = limits.limit_resources(json.loads(sys.argv[2])) + limits.enter_sandbox()
"""
UNCONFINED = CONFINE.replace("refused =", "unused = lambda:")
TINY = DecoderLimits(memory_bytes=256 * MIB, cpu_seconds=1, wall_seconds=50)


def command(code: str, limits: DecoderLimits = TINY) -> list[str]:
    """An isolated interpreter, started like the sandbox."""
    asked = [str(PROJECT), json.dumps(asdict(limits))]
    return [sys.executable, "-I", "-c", code, *asked]


def outcome(code: str, limits: DecoderLimits = TINY) -> str:
    """What ends the program: a signal's name, its last complaint, or `done`."""
    code += "\nprint('done')"
    ended = subprocess.run(command(code, limits), capture_output=True, text=True)
    if ended.returncode < 0:
        return signal.Signals(-ended.returncode).name
    return (ended.stderr or ended.stdout).strip().splitlines()[-1]


MEMORY = "kept = bytearray(300 * 1024 ** 2)"
PROCESSOR = "while True: pass"
CLOCK = "lock = threading.Lock(); lock.acquire(); lock.acquire()"
MANY_FILES = "kept = [open('/dev/null') for _ in range(80)]"
LARGE_FILE = """
spare.seek(257 * 1024 ** 2)
spare.write(b'more')
spare.flush()
"""
THREAD = "threading.Thread(target=int).start()"


@pytest.mark.parametrize(
    ("attempt", "end"),
    [
        pytest.param(MEMORY, "MemoryError", id="memory"),
        pytest.param(PROCESSOR, "SIGXCPU", id="processor"),
        pytest.param(LARGE_FILE, "File too large", id="file size"),
        pytest.param(THREAD, "can't start new thread", id="thread"),
    ],
)
def test_what_exceeds_a_limit_ends(attempt, end):
    assert end in outcome(CONFINE + attempt)


def test_while_it_loads_few_files_may_be_open():
    loading = CONFINE.replace(" + limits.enter_sandbox()", "")
    assert "Too many open files" in outcome(loading + MANY_FILES)


def test_the_clock_ends_a_child_that_only_waits():
    assert outcome(CONFINE + CLOCK, DecoderLimits(wall_seconds=0)) == "SIGALRM"


def test_within_its_limits_a_child_goes_on():
    assert outcome(CONFINE + "kept = bytearray(50 * 1024 ** 2)") == "done"


@pytest.mark.parametrize("attempt", [MEMORY, MANY_FILES, LARGE_FILE, THREAD])
def test_without_limits_all_of_it_works(attempt):
    assert outcome(UNCONFINED + attempt) == "done"


def test_a_child_ends_with_its_parent():
    """The pipe closes when the last who holds it has ended."""
    child = CONFINE + "print('up', flush=True)\n" + CLOCK
    patient = command(child, DecoderLimits(wall_seconds=250))
    parent = f"import subprocess; subprocess.run({patient!r})"
    with subprocess.Popen(
        [sys.executable, "-I", "-c", parent], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate(timeout=60)
    assert rest == b""


# --- where the system refuses


def test_a_machine_that_is_not_known_is_said():
    code = "import os; os.uname = lambda: os.uname_result('abcde')\n"
    assert "unknown system" in outcome(code + CONFINE + "sys.exit(refused[-1])")


def test_what_was_refused_is_warned_of_once(tmp_path, caplog):
    warn_missing_limits.cache_clear()
    fault = {"code": "damaged", "parameters": {}}
    line = json.dumps({"unreadable": fault, "refused": ["no network (old kernel)"]})
    for _ in range(2):
        with pytest.raises(Exception, match="damaged"):
            parse_result(line.encode(), "image/png", tmp_path)
    assert caplog.text.count("without these limits: no network (old kernel)") == 1
