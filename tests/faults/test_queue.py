"""What a broker and its workers can do to an entry: all end, and none twice.

Rows 15 to 21 and 23 of the fault matrix, on the site's own processes with a short
lease. The faults come one after the other, their entries wait together for the sweep.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psycopg
import pytest
import redis
from celery import Celery
from environ import Env
from PIL import Image

from tests.camera import photograph
from tests.faults.decoders import Decoder, Hunter, caught
from tests.journeys.client import JSON, Participant
from tests.journeys.people import settle
from tests.journeys.stack import Stack, running_stack, until

pytestmark = [pytest.mark.stack, pytest.mark.trial]

ROOM = "faults"
QUEUE = "celery"
SETTINGS = {"PROCESSING_LEASE": "8", "SWEEP_AFTER": "2", "CANARY_EVERY": "4"}
# Pixels each way: decoding that many takes long enough to be caught at it.
SLOW, SLOWEST = 2_000, 6_000
# How often a picture may be decoded before we get hold of its decoder.
TRIES = 5


def slow_picture(shade: int, side: int = SLOW) -> bytes:
    out = io.BytesIO()
    Image.new("L", (side, side), shade).save(out, "PNG", compress_level=1)
    return out.getvalue()


@contextmanager
def halted(*pids: int, group: bool = False) -> Iterator[None]:
    """Processes, or their groups, that hang: there, but doing nothing."""
    send = os.killpg if group else os.kill
    with ExitStack() as going_on:
        for pid in pids:
            send(pid, signal.SIGSTOP)
            going_on.callback(send, pid, signal.SIGCONT)
        yield


@dataclass(frozen=True)
class Waiting:
    """Somebody's decoder, the database process that waits to commit, and we before it.

    The one who commits is the decoder's parent.
    """

    decoder: Decoder
    backend: int
    ours: psycopg.Connection


def is_lost(connection: psycopg.Connection) -> bool:
    """Whether the server has ended it."""
    try:
        connection.execute("SELECT true")
    except psycopg.OperationalError:
        return True
    return False


class Night:
    """A participant who enters works through a bad night of the queue."""

    def __init__(self, stack: Stack, participant: Participant) -> None:
        self.stack = stack
        self.participant = participant
        self.entered: dict[str, str] = {}
        self.sent: dict[str, bytes] = {}
        self.redis = redis.Redis.from_url(stack.facts["redis_url"])
        self.hunter: Hunter | None = None

    # --- what is done to the site

    def falls(self) -> None:
        """All faults in turn; those that need a long wait first."""
        self._decoder_is_killed_each_time()
        self._worker_hangs()
        self._sent_five_times()
        self._flushed()
        self._full()
        self._pool_process_is_killed()
        self._stopped_past_its_lease()
        self._garbage()
        self._killed_with_the_message_in_hand()
        self._killed_before_the_commit()
        self._database_connection_is_killed()
        self._valkey_hangs_and_dies()

    def enter(self, when: str, data: bytes = b"") -> str:
        """Enter a work; it must be acknowledged, whatever is broken."""
        data = data or photograph(11, size=(320, 240))
        token = self.participant.token(ROOM, data, again="on")
        self.entered[when], self.sent[when] = token, data
        return token

    def _decoder_is_killed_each_time(self) -> None:
        with halted(self.stack.pid("worker"), group=True):
            # A decoder that is through before it is found would be no control.
            token = self.enter("decoder killed each time", slow_picture(1, SLOWEST))
            self.hunter = Hunter(self.public_id(token))
            self.hunter.start()

    def _worker_hangs(self) -> None:
        """The sweep, too: it would do the work."""
        with halted(self.stack.pid("worker"), self.stack.pid("sweep"), group=True):
            token = self.enter("the worker hangs")
            assert self.participant.receipt(token)["state"] == "received"

    def _sent_five_times(self) -> None:
        with halted(self.stack.pid("worker"), group=True):
            token = self.enter("sent five times")
            number = self.number(token)
            with self._sender() as sender, ThreadPoolExecutor(5) as pool:
                for _ in range(5):
                    task = "submissions.process"
                    pool.submit(sender.send_task, task, args=[number]).result()
            assert self.redis.llen(QUEUE) >= 5

    def _flushed(self) -> None:
        with halted(self.stack.pid("worker"), group=True):
            self.enter("flushed")
            self.redis.flushall()

    def _full(self) -> None:
        """Every write is refused until the sweep has done the work."""
        before = str(self.redis.config_get("maxmemory")["maxmemory"])
        self.redis.config_set("maxmemory", 1)
        try:
            with pytest.raises(redis.ResponseError, match="maxmemory"):
                self.redis.set("one", "more")
            token = self.enter("full")
            assert self._ticket() == 201
            self.becomes(token, "pending")
        finally:
            self.redis.config_set("maxmemory", before)

    def _pool_process_is_killed(self) -> None:
        decoder = self._catch("pool process killed", 2)
        os.kill(decoder.parent, signal.SIGKILL)
        # Halted at its very start it does not know yet that it should follow.
        with suppress(ProcessLookupError):
            os.kill(decoder.pid, signal.SIGKILL)

    def _stopped_past_its_lease(self) -> None:
        """The late commit has to come to nothing."""
        decoder = self._catch("stopped past its lease", 3)
        os.kill(decoder.parent, signal.SIGSTOP)
        try:
            self.becomes(self.entered["stopped past its lease"], "pending")
        finally:
            for pid in (decoder.pid, decoder.parent):
                os.kill(pid, signal.SIGCONT)
        until("it notices", lambda: "was taken over" in self.stack.said())

    def _garbage(self) -> None:
        before = self.stack.pid("worker")
        with halted(before, group=True):
            self.enter("behind garbage")
            with self._sender() as sender:
                sender.send_task("submissions.nobody_knows", args=[1])
            self.redis.rpush(QUEUE, "garbage")
        until("it ends", lambda: self.stack.facts["pids"].get("worker") != before)
        self.becomes(self.enter("after garbage"), "pending")

    def _killed_with_the_message_in_hand(self) -> None:
        """Valkey hands the message to a worker that never reads it."""
        worker = self.stack.pid("worker")
        os.killpg(worker, signal.SIGSTOP)
        self.enter("killed with the message in hand")
        os.killpg(worker, signal.SIGKILL)
        self._worker_is_back(worker)

    def _killed_before_the_commit(self) -> None:
        """The worker, with everything that it has started; the sweep takes no part."""
        worker = self.stack.pid("worker")
        with (
            halted(self.stack.pid("sweep"), group=True),
            self._before_the_commit("killed before the commit", 4) as seen,
        ):
            assert os.getpgid(seen.decoder.parent) == worker
            os.killpg(worker, signal.SIGKILL)
        until("it is noticed", lambda: worker not in self.stack.facts["pids"].values())

    def _database_connection_is_killed(self) -> None:
        """The server ends all others, too, and recovers; what was received is there."""
        with self._before_the_commit("database connection killed", 5) as seen:
            os.kill(seen.backend, signal.SIGKILL)
            until("the server notices", lambda: is_lost(seen.ours))
        until("the server has recovered", self._database_answers)

    def _valkey_hangs_and_dies(self) -> None:
        with halted(self.stack.pid("valkey")):
            self.enter("valkey hangs")
        before = self.stack.pid("valkey")
        # A halted launcher does not start the dead server again.
        with halted(self.stack.pid("run")):
            os.kill(before, signal.SIGKILL)
            self.enter("valkey is dead")
        until("a new one", lambda: self.stack.facts["pids"].get("valkey") != before)
        self.enter("valkey is back")

    # --- how

    def _catch(self, when: str, shade: int) -> Decoder:
        """Enter a slow picture and stop its decoder in the middle."""
        for _ in range(TRIES):
            token = self.enter(when, slow_picture(shade))
            decoder = caught(self.public_id(token), patience=30)
            if decoder is not None:
                return decoder
        raise AssertionError("no decoder could be caught")

    @contextmanager
    def _before_the_commit(self, when: str, shade: int) -> Iterator[Waiting]:
        """The pictures are stored, and we hold the row."""
        decoder = self._catch(when, shade)
        token = self.entered[when]
        connection = self._connection()
        try:
            connection.execute(
                "SELECT FROM submissions_submission WHERE token = %s FOR UPDATE",
                [token],
            )
            os.kill(decoder.pid, signal.SIGCONT)
            pictures = f"renditions/??/{self.public_id(token)}-*.webp"
            folder = self.stack.data_dir
            until("the pictures", lambda: len(list(folder.glob(pictures))) == 3)
            # After the lease has run out the sweep waits for the row as well.
            backend, *_ = until("the commit waits", self._waiting)
            yield Waiting(decoder, backend, connection)
        finally:
            # The server may have closed it from its side.
            with suppress(psycopg.OperationalError):
                connection.rollback()
            connection.close()

    def _waiting(self) -> list[int]:
        """The database processes that wait for an entry's row."""
        rows = self.stack.sql(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND query LIKE 'UPDATE %%submissions_submission%%'"
        )
        return [pid for (pid,) in rows]

    def _database_answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            return bool(self.stack.sql("SELECT true"))
        return False

    def _connection(self) -> psycopg.Connection:
        parts = Env.db_url_config(self.stack.facts["database_url"])
        return psycopg.connect(
            dbname=parts["NAME"], user=parts["USER"], **parts["OPTIONS"]
        )

    @contextmanager
    def _sender(self) -> Iterator[Celery]:
        """A stranger's way to the queue."""
        url = str(self.stack.facts["redis_url"])
        url = url.replace("unix://", "redis+socket://").replace(
            "?db=", "?virtual_host="
        )
        app = Celery("stranger", broker=url, set_as_current=False)
        try:
            yield app
        finally:
            app.close()

    def _ticket(self) -> int:
        """The answer to somebody who arrives now."""
        client = self.participant.client
        answer = client.post(
            f"/competitions/{ROOM}/tickets/",
            data={"title": "Noon", "accept_rules": "on", "idempotency_key": "n" * 32},
            headers=JSON | {"X-CSRFToken": client.cookies["csrftoken"]},
        )
        return answer.status_code

    def _worker_is_back(self, before: int) -> None:
        pids = self.stack
        until("a new one", lambda: pids.facts["pids"].get("worker", before) != before)

    # --- what is seen

    def number(self, token: str) -> int:
        query = "SELECT id FROM submissions_submission WHERE token = %s"
        return int(self.stack.sql(query, token)[0][0])

    def public_id(self, token: str) -> str:
        query = "SELECT public_id FROM submissions_submission WHERE token = %s"
        return str(self.stack.sql(query, token)[0][0])

    def becomes(self, token: str, state: str) -> None:
        """Wait; when it is in vain, show what the site has said meanwhile."""
        try:
            until(f"it is {state}", lambda: self.stack.state_of(token) == state)
        except AssertionError as error:
            error.add_note(f"{self.stack.state_of(token)}; {self.stack.said()[-4000:]}")
            raise


@pytest.fixture(scope="module")
def night() -> Iterator[Night]:
    with running_stack(**SETTINGS) as stack:
        participant = Participant(stack, settle(stack).next_guest())
        night = Night(stack, participant)
        try:
            night.falls()
            yield night
        finally:
            if night.hunter:
                night.hunter.stop()
            night.redis.close()
            participant.client.close()


FACTS = (
    "SELECT attempt, strikes, lost_leases, (SELECT count(*) FROM submissions_rendition"
    " WHERE submission_id = s.id) FROM submissions_submission s WHERE token = %s"
)


@pytest.mark.parametrize(
    ("when", "lost_leases"),
    [
        ("the worker hangs", 0),
        ("sent five times", 0),
        ("flushed", 0),
        ("full", 0),
        ("pool process killed", 1),
        ("stopped past its lease", 1),
        ("behind garbage", 0),
        ("after garbage", 0),
        ("killed with the message in hand", 0),
        ("killed before the commit", 1),
        ("database connection killed", 1),
        ("valkey hangs", 0),
        ("valkey is dead", 0),
        ("valkey is back", 0),
    ],
)
def test_every_entry_reaches_the_moderators_once(
    night: Night, when: str, lost_leases: int
) -> None:
    token = night.entered[when]
    night.becomes(token, "pending")
    ((attempt, strikes, lost, pictures),) = night.stack.sql(FACTS, token)
    assert (strikes, pictures) == (0, 3)
    assert lost >= lost_leases
    assert attempt == lost + 1
    assert night.stack.original_of(token) == night.sent[when]


def test_a_file_whose_decoder_is_killed_each_time_is_held(night: Night) -> None:
    token = night.entered["decoder killed each time"]
    night.becomes(token, "quarantined")
    ((attempt, strikes, lost, pictures),) = night.stack.sql(FACTS, token)
    assert night.hunter
    assert len(night.hunter.killed) >= 3
    # The third strike is the quarantine itself.
    assert (attempt, strikes, pictures) == (3 + lost, 2, 0)


def test_whoever_comes_too_late_is_told_and_changes_nothing(night: Night) -> None:
    token = night.entered["stopped past its lease"]
    names = night.stack.sql(
        "SELECT DISTINCT split_part(r.name, '-', -2) FROM submissions_rendition r JOIN"
        " submissions_submission s ON s.id = submission_id WHERE token = %s",
        token,
    )
    assert names != [("1",)]
    assert "was taken over by another worker" in night.stack.said()


def test_a_worker_that_stands_still_is_found_by_its_results(night: Night) -> None:
    """Its processes are all there, and the site goes on taking entries."""
    client = night.participant.client

    def progress() -> int:
        return client.get("/healthz/progress").status_code

    until("canaries get through", lambda: progress() == 200)
    with halted(night.stack.pid("worker"), group=True):
        until("it is noticed", lambda: progress() == 503)
        assert "canary" in client.get("/healthz/progress").json()["problems"][0]
        assert client.get("/healthz/ready").status_code == 200
    until("canaries get through again", lambda: progress() == 200)
