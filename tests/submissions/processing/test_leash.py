"""Children that try to exceed each limit, and one that outlives its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict

import pytest

from submissions.processing.darkroom.leash import FORBIDDEN, filter_steps
from submissions.processing.pictures import PROJECT, Limits, read_answer, say_refused

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux can be asked for all limits"
)

MIB = 1024**2
CONFINE = """
import json, sys
sys.path.append(sys.argv[1])
from submissions.processing.darkroom.leash import confine
refused = confine(json.loads(sys.argv[2]))
"""
TINY = Limits(memory_bytes=256 * MIB, cpu_seconds=1, wall_seconds=50)


def command(code: str, limits: Limits = TINY) -> list[str]:
    """An isolated interpreter, as the darkroom is started."""
    asked = [str(PROJECT), json.dumps(asdict(limits))]
    return [sys.executable, "-I", "-c", code, *asked]


def outcome(code: str, limits: Limits = TINY) -> str:
    """What ends the program: a signal's name, its last complaint, or `done`."""
    code += "\nprint('done')"
    ended = subprocess.run(command(code, limits), capture_output=True, text=True)
    if ended.returncode < 0:
        return signal.Signals(-ended.returncode).name
    return (ended.stderr or ended.stdout).strip().splitlines()[-1]


MEMORY = "kept = bytearray(300 * 1024 ** 2)"
PROCESSOR = "while True: pass"
CLOCK = "import time; time.sleep(50)"
MANY_FILES = "kept = [open('/dev/null') for _ in range(80)]"
LARGE_FILE = """
import tempfile
with tempfile.TemporaryFile() as file:
    file.truncate(257 * 1024 ** 2)
"""
NETWORK = "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM)"
LOCAL_SOCKET = "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)"
PAIR = "import socket; socket.socketpair()"
FORK = """
import os
if os.fork() == 0: os._exit(0)
"""
PROGRAM = "import subprocess; subprocess.run(['/bin/true'])"
BECOME = "import os; os.execv('/bin/echo', ['echo', 'done'])"
THREAD = "import threading; threading.Thread(target=int).start()"
SIGNAL = "import os; os.kill(os.getppid(), 0)"
RAISE_LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (50, 50))
"""

DENIED = "[Errno 1] Operation not permitted"


@pytest.mark.parametrize(
    ("attempt", "end"),
    [
        pytest.param(MEMORY, "MemoryError", id="memory"),
        pytest.param(PROCESSOR, "SIGXCPU", id="processor"),
        pytest.param(MANY_FILES, "Too many open files", id="files"),
        pytest.param(LARGE_FILE, "File too large", id="file size"),
        pytest.param(NETWORK, DENIED, id="network"),
        pytest.param(LOCAL_SOCKET, DENIED, id="local socket"),
        pytest.param(PAIR, DENIED, id="pair of sockets"),
        pytest.param(FORK, DENIED, id="fork"),
        pytest.param(PROGRAM, DENIED, id="program"),
        pytest.param(BECOME, DENIED, id="becoming a program"),
        pytest.param(THREAD, "can't start new thread", id="thread"),
        pytest.param(SIGNAL, DENIED, id="signal"),
    ],
)
def test_what_exceeds_a_limit_ends(attempt, end):
    assert end in outcome(CONFINE + attempt)


def test_the_clock_ends_a_child_that_only_waits():
    assert outcome(CONFINE + CLOCK, Limits(wall_seconds=0)) == "SIGALRM"


def test_a_limit_once_set_stays():
    assert outcome(CONFINE + RAISE_LIMIT).startswith(("PermissionError", "ValueError"))


def test_within_its_limits_a_child_goes_on():
    assert outcome(CONFINE + "kept = bytearray(50 * 1024 ** 2)") == "done"


UNLEASHED = (
    MEMORY, MANY_FILES, LARGE_FILE, NETWORK, LOCAL_SOCKET, PAIR, FORK, PROGRAM,
    BECOME, THREAD, SIGNAL,
)  # fmt: skip


@pytest.mark.parametrize("attempt", UNLEASHED)
def test_without_the_leash_all_of_it_works(attempt):
    assert outcome(attempt) == "done"


def test_a_child_ends_with_its_parent():
    """The pipe closes when the last who holds it has ended."""
    child = CONFINE + "print('up', flush=True)\nimport time; time.sleep(300)"
    patient = command(child, Limits(wall_seconds=250))
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
    assert "unknown system" in outcome(code + CONFINE + "sys.exit(refused[0])")


def test_what_was_refused_is_warned_of_once(tmp_path, caplog):
    say_refused.cache_clear()
    fault = {"code": "damaged", "parameters": {}}
    line = json.dumps({"unreadable": fault, "refused": ["no network (old kernel)"]})
    for _ in range(2):
        with pytest.raises(Exception, match="damaged"):
            read_answer(line.encode(), "image/png", tmp_path)
    assert caplog.text.count("without these limits: no network (old kernel)") == 1


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_whole(machine):
    """Every leap ends at the last step, which refuses."""
    steps = filter_steps(machine)
    count = len(steps) // 8
    leaps = [steps[place * 8 + 2] for place in range(4, count - 2)]
    assert len(leaps) >= len(FORBIDDEN) - 2
    assert [place + 5 + leap for place, leap in enumerate(leaps)] == [count - 1] * len(
        leaps
    )
