"""A light client: threads, raw sockets, bytes that were made beforehand."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.phase_one.processes import HOST

TIMEOUT = 120
STEP = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """The value of a header (its name in lower case); b'' without it."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name:
                return value.strip()
        return b""


class Line:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, *pieces: bytes) -> Answer:
        self.send(*pieces)
        return self.answer()

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._socket.sendall(piece)

    def answer(self) -> Answer:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        found = Answer(int(head.split(b" ", 2)[1]), head, b"")
        if length := found.header(b"content-length"):
            while len(body) < int(length):
                body += self._more()
        elif found.header(b"transfer-encoding") == b"chunked":
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
        return Answer(found.status, head, body)

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


# Does one thing over a connection, to its acknowledgment.
Act = Callable[[Line], None]


@dataclass
class Round:
    """What one round of acts took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    cpu: float = 0.0
    database_cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


def together(port: int, acts: Iterable[Act], *, lines: int = 16) -> Round:
    """Do all acts over so many connections at once; raises what an act raised."""
    waiting, round_, faults = deque(acts), Round(), list[BaseException]()
    ready = threading.Barrier(lines + 1)

    def work() -> None:
        with Line(port) as line:
            ready.wait()
            while waiting and not faults:
                try:
                    act = waiting.popleft()
                except IndexError:
                    return
                started = time.perf_counter()
                try:
                    act(line)
                except Exception as error:
                    faults.append(error)
                    return
                round_.latencies.append(time.perf_counter() - started)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(lines)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    round_.seconds = time.perf_counter() - started
    if faults:
        raise faults[0]
    return round_


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Iterable[float]) -> float:
    return statistics.median(list(values))


def expect(answer: Answer, *statuses: int) -> Answer:
    """Raise RuntimeError with the server's words for any other answer."""
    if answer.status not in statuses:
        raise RuntimeError(f"{answer.status}: {answer.body[:500]!r}")
    return answer
