"""What a decoder that obeys its picture could do: each attempt is refused."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from mycenas.imaging import rendering
from mycenas.imaging.checks import decoders_are_confined
from mycenas.imaging.rendering import PROJECT, render
from mycenas.imaging.sandbox.kernel import (
    ALLOWED,
    ASK_VERSION,
    CREATE_RULESET,
    call,
    everything,
    filter_steps,
)
from mycenas.imaging.sandbox.reading import damage_reported
from tests.camera import photograph
from tests.unprivileged import give_up_privileges

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="no other system can be asked"
)

# What is needed is loaded first, as in the sandbox. One line comes out: what became
# of each attempt. Numbers of system calls are those of x86_64 and aarch64.
PREPARE = """
import ctypes, json, os, pathlib, resource, signal, socket, subprocess, sys
sys.path.append(sys.argv[1])
other, target, attempts = int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
from mycenas.imaging.sandbox import limits
from mycenas.imaging.sandbox.kernel import call, control
control(4, 1)  # importing mycenas has refused inspection
column = ("x86_64", "aarch64").index(os.uname().machine)
room = ctypes.create_string_buffer(64)
part = (ctypes.c_size_t * 2)(ctypes.addressof(room), 8)
theirs = (ctypes.c_size_t * 2)(int(sys.argv[5]), 8)
parts = [ctypes.addressof(part), 1, ctypes.addressof(theirs), 1]
def make(x86_64, aarch64, *arguments):
    return call((x86_64, aarch64)[column], *arguments)
def end(attempt):
    try:
        exec(attempt)
    except OSError as error:
        return error.errno
    return "done"
"""
TRY_ALL = "print(json.dumps({name: end(act) for name, act in attempts.items()}))"
# Each in a process of its own, for it may well end it, and with its target as it was.
TRY_EACH = """
ends = {}
for name, act in attempts.items():
    pathlib.Path(target).write_text("kept")
    child = os.fork()
    if not child:
        os._exit(end(act) != "done")
    ends[name] = "done" if os.waitpid(child, 0)[1] == 0 else "failed"
print(json.dumps(ends))
"""
UNKNOWN = "def unknown(): raise OSError('unknown')\nlimits.{} = unknown\n"
CONFINE = "limits.enter_sandbox()\n"
# Where the system knows one sandbox alone.
BY_CALLS = UNKNOWN.format("restrict_files") + CONFINE
BY_LANDLOCK = UNKNOWN.format("restrict_syscalls") + CONFINE

PERMITTED_NOT = {1, 13}
OTHERS_MEMORY = {
    "memory": "open(f'/proc/{other}/mem', 'r+b')",
    "attaching": "make(101, 117, 0x4206, other)  # PTRACE_SEIZE",
    "reading memory": "make(310, 270, other, *parts)",
    "writing memory": "make(311, 271, other, *parts)",
}
FILES = {
    "environment": "open(f'/proc/{other}/environ', 'rb').read()",
    "descriptors": "os.listdir(f'/proc/{other}/fd')",
    "its own environment": "open('/proc/self/environ', 'rb').read()",
    "reading": "open('/etc/passwd').read()",
    "listing": "os.listdir('/')",
    "creating": "open(target + '.new', 'w')",
    "overwriting": "open(target, 'w')",
    "truncating": "os.truncate(target, 1)",
    "renaming": "os.rename(target, target + '.old')",
    "linking": "os.link(target, target + '.too')",
    "a folder": "os.mkdir(target + '.folder')",
    "removing": "os.unlink(target)",
    "becoming a program": "os.execv('/bin/true', ['true'])",
    "program": "subprocess.check_call(['/bin/true'])",
}
SIGNALS = {"signal": "os.kill(other, 0)"}
NETWORK = {
    "network": "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
    "local socket": "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
    "pair of sockets": "socket.socketpair()",
    "fork": "os.fork() or os._exit(0)",
    "looking": "os.stat('/etc/passwd')",
    "changing a mode": "os.chmod(target, 0o777)",
    "a pipe": "os.pipe()",
    "holding a process": "os.pidfd_open(other)",
    "a limit once set": "make(160, 164, resource.RLIMIT_CORE, ctypes.addressof(room))",
    "a clock once set": "signal.setitimer(signal.ITIMER_REAL, 900)",
    "being inspected": "control(4, 1)",
    "the owner of signals": "__import__('fcntl').fcntl(1, 8, other)",
}
# Refused to every account without privileges, or by every kernel of today.
RARE = {
    "io_uring": "call(425, 1, 0)",
    "bpf": "make(321, 280)",
    "keyring": "make(250, 219, 0, -3)",
    "faults of pages": "make(323, 282, 1)",
    "performance": "make(298, 241)",
    "mount": "make(165, 40)",
    "namespace": "make(272, 97, 0x10000000)",
    "x32": "call(0x40000000 + 39)",
    "a call of tomorrow": "call(999)",
}
BY_BOTH = {**OTHERS_MEMORY, **FILES}
WORKS_ELSEWHERE = {**BY_BOTH, **SIGNALS, **NETWORK}
ALL = {**WORKS_ELSEWHERE, **RARE}
DEVELOP = """
import pathlib, sys
from mycenas.imaging.rendering import render
for original in map(pathlib.Path, sys.argv[1:]):
    picture = render(original, original.with_suffix(".out"))
    print(picture.media_type, picture.width, picture.height)
"""
NEIGHBOR = """
import ctypes
room = ctypes.create_string_buffer(64)
print(ctypes.addressof(room), flush=True)
input()
"""


@pytest.fixture(scope="module")
def neighbor() -> Iterator[tuple[int, str]]:
    """Another process of the account, and where it has a little memory."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", NEIGHBOR],
        env={"SECRET_KEY": "a-secret"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=give_up_privileges,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.pid, process.stdout.readline().strip()
        finally:
            process.kill()


def ends(code: str, attempts: dict[str, str], neighbor: tuple[int, str], folder: Path):
    """What becomes of each attempt."""
    target = folder / "target"
    target.write_text("kept")
    pid, place = neighbor
    words = [str(PROJECT), str(pid), str(target), json.dumps(attempts), place]
    answer = subprocess.run(
        [sys.executable, "-I", "-c", PREPARE + code, *words],
        capture_output=True,
        text=True,
        preexec_fn=give_up_privileges,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def got_through(found: dict[str, object]) -> dict[str, object]:
    return {name: end for name, end in found.items() if end not in PERMITTED_NOT}


def landlock_version() -> int:
    """The version that the kernel speaks; 0 where there is none."""
    try:
        return call(CREATE_RULESET, 0, 0, ASK_VERSION)
    except OSError:
        return 0


def test_every_attempt_is_refused(neighbor, tmp_path):
    assert got_through(ends(CONFINE + TRY_ALL, ALL, neighbor, tmp_path)) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (tmp_path / "target").read_text() == "kept"


def test_without_landlock_every_attempt_is_refused(neighbor, tmp_path):
    assert got_through(ends(BY_CALLS + TRY_ALL, ALL, neighbor, tmp_path)) == {}


def test_landlock_alone_keeps_from_files_and_memory(neighbor, tmp_path):
    if landlock_version() < 3:
        pytest.skip("this kernel has no Landlock that knows of truncating")
    assert got_through(ends(BY_LANDLOCK + TRY_ALL, BY_BOTH, neighbor, tmp_path)) == {}


def test_without_seccomp_no_other_process_is_signaled(neighbor, tmp_path):
    if landlock_version() < 6:
        pytest.skip("this kernel's Landlock knows no scopes")
    found = ends(BY_LANDLOCK + TRY_ALL, SIGNALS, neighbor, tmp_path)
    assert got_through(found) == {}


def test_unconfined_every_attempt_works(neighbor, tmp_path):
    """The control; where Yama keeps others out, their memory is not tried."""
    barred = OTHERS_MEMORY if yama() else ()
    attempts = {n: act for n, act in WORKS_ELSEWHERE.items() if n not in barred}
    found = ends(TRY_EACH, attempts, neighbor, tmp_path)
    assert found == dict.fromkeys(attempts, "done")


def yama() -> int:
    path = Path("/proc/sys/kernel/yama/ptrace_scope")
    return int(path.read_text()) if path.exists() else 0


# --- what it still does, and where the system refuses


def test_a_picture_with_a_profile_is_developed(tmp_path):
    """A process of its own: an account without privileges, as sites have."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.open(io.BytesIO(photograph(1, size=(400, 300))))
    kinds = ("jpeg", "png", "webp")
    for kind in kinds:
        image.save(tmp_path / kind, kind, icc_profile=profile)
    answer = subprocess.run(
        [sys.executable, "-c", DEVELOP, *(str(tmp_path / kind) for kind in kinds)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        preexec_fn=give_up_privileges,
    )
    expected = [f"image/{kind} 400 300" for kind in kinds]
    assert answer.stdout.splitlines() == expected, answer.stderr


def test_a_jpeg_without_its_end_is_developed(tmp_path):
    (tmp_path / "original").write_bytes(photograph(1, size=(400, 300))[:-2])
    assert render(tmp_path / "original", tmp_path / "out").width == 400


def test_code_that_is_loaded_too_late_is_no_damage():
    with pytest.raises(ImportError), damage_reported():
        raise ImportError


def test_a_check_names_what_the_system_does_not_keep(monkeypatch):
    words = ["no files (old kernel)", "no network (old kernel)"]
    line = json.dumps({"refused": words}).encode()
    monkeypatch.setattr(rendering, "run_child", lambda *_: line)
    found = decoders_are_confined(None)
    assert [message.msg for message in found] == [
        f"Decoders run without a limit: {one}." for one in words
    ]


@pytest.mark.parametrize(
    ("version", "rights"),
    [(1, (13, 0, 0)), (3, (15, 0, 0)), (4, (15, 3, 0)), (7, (16, 3, 3))],
)
def test_nothing_is_given_up_that_the_kernel_does_not_know(version, rights):
    ruleset = everything(version)
    count, ports, scopes = rights
    assert (ruleset.files, ruleset.ports) == ((1 << count) - 1, ports)
    assert ruleset.scopes == scopes


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_whole(machine):
    """Every allowed call leaps to the last step; another machine to the one before."""
    steps = filter_steps(machine)
    count = len(steps) // 8
    leaps = [steps[place * 8 + 2] for place in range(3, count - 2)]
    assert len(leaps) >= len(ALLOWED) - 2
    assert {place + 4 + leap for place, leap in enumerate(leaps)} == {count - 1}
    assert 2 + steps[8 + 3] == count - 2
