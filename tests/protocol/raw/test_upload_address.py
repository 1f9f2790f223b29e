"""What an upload's address grants, to whom, and until when; see docs/tus.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F
from django.utils import timezone
from psycopg import Cursor

from competitions.workflow import cancel
from mycenas.accounts.models import Membership, Role, User
from mycenas.core.models import AuditEntry
from mycenas.storage import store
from mycenas.uploads import rate_limit
from mycenas.uploads.rate_limit import LEAST_BYTES, rate_counter
from submissions.intake.upload_urls import REPEATED_FOR
from submissions.models import Submission, Upload
from submissions.models.entry import new_token
from submissions.receipts.workflow import withdraw
from submissions.states import SubmissionState as S
from tests.database.tools import raw, rows
from tests.protocol.raw.sending import begin_put, digest, put, take_ticket
from tests.protocol.raw.test_path_length import noted
from tests.protocol.tus.serving import BODY_TYPE, Reply, Sender
from tests.protocol.tus.world import kept

SUBMISSIONS, COMPETITIONS = "submissions_submission", "competitions_competition"
PIECE = {"Content_Type": BODY_TYPE, "Upload_Offset": "0"}
NO_SESSION = {"Cookie": None, "X_CSRFToken": None}


@pytest.fixture
def sized(ada: Sender, competition, picture: bytes) -> str:
    """The address for a file whose size is known, so that pieces may come too."""
    return take_ticket(ada, competition, size=len(picture))


@pytest.fixture
def bearer(ada: Sender) -> Sender:
    """A program that has been given addresses, and nothing else."""
    given = Sender(ada.url, ada.user)
    given.cookies = ""
    return given


def patch(sender: Sender, path: str, data: bytes, **headers: str | None) -> Reply:
    return sender.patch(path, data, 0, **headers)


def head(sender: Sender, path: str, _data: bytes = b"", **headers: str | None) -> Reply:
    return sender.ask("HEAD", path, None, **{**NO_SESSION, **headers})


def delete(sender: Sender, path: str, _data: bytes, **headers: str | None) -> Reply:
    return sender.ask("DELETE", path, None, **headers)


Send = Callable[..., Reply]
SENDING = pytest.mark.parametrize("send", [put, patch])
WAYS: list[Send] = [put, patch, head, delete]
EVERY = pytest.mark.parametrize("send", WAYS)


# --- no session


@SENDING
def test_the_address_is_enough(send: Send, served, bearer, sized, picture):
    served.visits.clear()
    assert send(bearer, sized, picture, **NO_SESSION).status in (202, 204)
    assert served.visits == []
    assert kept() == picture


@SENDING
def test_the_journal_names_the_participant(send: Send, ada, bearer, sized, picture):
    send(bearer, sized, picture, **NO_SESSION)
    entry = AuditEntry.objects.filter(changes__has_key="received_at").get()
    written = (entry.actor, entry.source, entry.reason)
    assert written == (ada.user.pk, "upload-url", "")


def test_head_reveals_offset_and_length_alone(bearer, sized, picture):
    bearer.patch(sized, picture[:5000], 0, **NO_SESSION)
    open_upload = head(bearer, sized)
    assert (open_upload.status, open_upload.offset) == (200, 5000)
    assert open_upload.headers["Upload-Length"] == str(len(picture))
    assert "Upload-Expires" in open_upload.headers
    bearer.patch(sized, picture[5000:], 5000, **NO_SESSION)
    finished = head(bearer, sized)
    assert (finished.status, finished.offset) == (200, len(picture))
    known = {"Upload-Offset", "Upload-Length", "Upload-Expires", "Tus-Resumable"}
    for reply in (open_upload, finished):
        given = {name for name in reply.headers if name.startswith(("Upload", "Myc"))}
        assert given <= known


def test_the_receipts_token_is_no_address(bearer, sized, picture):
    path = f"/uploads/{Submission.objects.get().token}/"
    for send in WAYS:
        assert send(bearer, path, picture, **NO_SESSION).status == 404, send
    assert Submission.objects.get().state == S.RESERVED


def test_a_network_that_guesses_is_refused(
    ada, bearer, competition, picture, monkeypatch
):
    monkeypatch.setattr(rate_limit, "UNKNOWN", (3, 3600))
    path = take_ticket(ada, competition, size=len(picture))
    guesses = [bearer.where(f"/uploads/{'x' * 31}{number}/") for number in range(3)]
    assert {reply.status for reply in guesses} == {404}
    statements = noted(Cursor, "execute", monkeypatch)
    for address in (path, f"/uploads/{'x' * 32}/"):
        refused = bearer.where(address)
        assert (refused.status, "Retry-After" in refused.headers) == (429, True)
    assert statements == []
    rate_counter._counts.clear()
    assert bearer.where(path).status == 200
    assert len(statements) == 1


@EVERY
def test_nothing_keeps_an_answer_or_passes_it_on(send: Send, bearer, sized, picture):
    for path in (sized, f"/uploads/{'x' * 32}/", "/uploads/x/"):
        headers = send(bearer, path, picture, **NO_SESSION).headers
        assert headers.get_all("Cache-Control") == ["no-store"]
        assert headers.get_all("Referrer-Policy") == ["no-referrer"]
        assert headers.get_all("X-Robots-Tag") == ["noindex"]
        assert "Set-Cookie" not in headers
        assert not [name for name in headers if name.startswith("Access-Control")]


# --- pages of other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_pages_of_other_sites_send_nothing(headers, bearer, sized, picture):
    for send in WAYS:
        reply = send(bearer, sized, picture, **NO_SESSION, **headers)
        assert reply.status == 403, send
        assert head(bearer, sized).offset == 0, send


def test_the_sites_own_pages_send(bearer, sized, picture):
    headers = {"Origin": bearer.url, "Sec_Fetch_Site": "same-origin"}
    assert put(bearer, sized, picture, **NO_SESSION, **headers).status == 202


# --- until when


def expired() -> None:
    """The window is over; the sweep has not come yet."""
    with_triggers_off(
        SUBMISSIONS,
        "UPDATE submissions_submission SET upload_until = arrived_at + '1 microsecond'"
        " WHERE state = 'reserved'",
    )


def withdrawn() -> None:
    entry = Submission.objects.latest("pk")
    withdraw(entry, by=entry.participant)


def closed() -> None:
    """Which waits for every upload; only the owner of the tables is earlier."""
    with_triggers_off(
        COMPETITIONS,
        "UPDATE competitions_competition SET state = 'closed',"
        " moderation_started_at = opened_at, closed_at = opened_at",
    )


def cancelled() -> None:
    competition = Submission.objects.get().competition
    organizer = User.objects.create(email="organizer@example.org", name="Olga")
    Membership.objects.create(
        organization=competition.organization, user=organizer, role=Role.ORGANIZER
    )
    cancel(competition, reason="No hall.", by=organizer)


def deactivated() -> None:
    entry = Submission.objects.latest("pk")
    User.objects.filter(pk=entry.participant_id).update(is_active=False)


def ended() -> None:
    """By DELETE, through another process that holds no lock."""
    Upload.objects.update(name=new_token(), part=new_token(), ended=F("name"), offset=0)


def with_triggers_off(table: str, statement: str) -> None:
    """Only the owner of the tables can do this."""
    names = rows(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass"
        " AND NOT tgisinternal",
        [table],
    )
    assert names
    for (name,) in names:
        raw(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    raw(statement)
    for (name,) in names:
        raw(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


@pytest.mark.parametrize("end", [expired, withdrawn, cancelled, closed])
def test_an_address_ends_with_its_ticket(end, bearer, sized, picture):
    end()
    for send in WAYS:
        assert send(bearer, sized, picture, **NO_SESSION).status == 410, send
    assert Submission.objects.get().received_at is None


@pytest.mark.parametrize("end", [deactivated, expired, withdrawn, cancelled, closed])
def test_a_refusal_says_nothing_of_the_offset(end, bearer, sized, picture):
    assert bearer.patch(sized, picture[:5000], 0, **NO_SESSION).offset == 5000
    end()
    replies = [
        bearer.patch(sized, picture[:9], offset, **NO_SESSION)
        for offset in (5000, 0, len(picture))
    ]
    assert {reply.status for reply in replies} == {403 if end is deactivated else 410}
    assert len({reply.body for reply in replies}) == 1
    assert len({frozenset(reply.headers) for reply in replies}) == 1
    assert Upload.objects.get().offset == 5000


def test_who_may_not_sign_in_sends_nothing(bearer, sized, picture):
    deactivated()
    for send in WAYS:
        reply = send(bearer, sized, picture, **NO_SESSION)
        assert reply.status == 403, send
        assert "Upload-Offset" not in reply.headers
    assert Submission.objects.get().received_at is None


@SENDING
@pytest.mark.parametrize("end", [deactivated, withdrawn, expired, ended])
def test_what_ends_meanwhile_is_not_acknowledged(
    send: Send, end, bearer, sized, picture
):
    """All bytes but the last are sent; then the address ends."""
    method, more = ("PUT", {}) if send is put else ("PATCH", PIECE)
    headers = {"Content_Length": str(len(picture)), **more, **NO_SESSION}
    with bearer.connection() as line:
        line.sendall(bearer.head(method, sized, Expect="100-continue", **headers))
        assert line.recv(100).startswith(b"HTTP/1.1 100 ")
        line.sendall(picture[:-1])
        end()
        line.sendall(picture[-1:])
        reply = Reply(line, method)
    assert reply.status in (403, 410), reply.body
    assert Submission.objects.get().received_at is None


def new_password(person: User) -> None:
    person.set_password("another one")
    person.save()


def signed_out_everywhere(person: User) -> None:
    User.objects.filter(pk=person.pk).update(
        session_generation=F("session_generation") + 1
    )


@pytest.mark.parametrize("end", [new_password, signed_out_everywhere])
def test_ending_all_sessions_ends_addresses(end, ada, bearer, competition, picture):
    """A stolen session may have given away its addresses as well."""
    path = take_ticket(ada, competition, size=len(picture))
    assert bearer.patch(path, picture[:5000], 0, **NO_SESSION).offset == 5000
    end(User.objects.get(pk=ada.user.pk))
    for send in (put, patch, head, delete):
        assert send(bearer, path, picture, **NO_SESSION).status == 410
    again = Sender(bearer.url, User.objects.get(pk=ada.user.pk))
    other = take_ticket(again, competition, size=len(picture))
    assert other != path
    assert put(bearer, other, picture, **NO_SESSION).status == 202
    assert Submission.objects.get().state == S.RECEIVED


def test_signing_out_here_ends_no_address(ada, bearer, sized, picture):
    Session.objects.all().delete()
    assert put(bearer, sized, picture, **NO_SESSION).status == 202


def test_an_ended_address_leaves_the_ticket(bearer, ada, competition, sized, picture):
    assert bearer.patch(sized, picture[:5000], 0, **NO_SESSION).offset == 5000
    assert delete(bearer, sized, picture, **NO_SESSION).status == 204
    for send in (put, patch, head, delete):
        assert send(bearer, sized, picture, **NO_SESSION).status == 410
    assert Submission.objects.get().state == S.RESERVED
    again = take_ticket(ada, competition, size=len(picture))
    assert again != sized
    assert head(bearer, again).offset == 0
    assert put(bearer, again, picture, **NO_SESSION).status == 202


def test_the_part_is_not_named_by_the_secret(bearer, sized, picture):
    bearer.patch(sized, picture[:5000], 0, **NO_SESSION)
    secret = sized.split("/")[2]
    names = [path.name for path in (store().root / "staging").iterdir()]
    assert Upload.objects.get().part + ".part" in names
    assert not [name for name in names if secret in name]
    assert secret not in str(Upload.objects.get())


# --- after the bytes have come


@pytest.fixture
def received(bearer: Sender, sized: str, picture: bytes) -> str:
    assert put(bearer, sized, picture, **NO_SESSION).status == 202
    return sized


def test_the_same_bytes_bring_the_same_acknowledgment(bearer, received, picture):
    first = put(bearer, received, picture, **NO_SESSION)
    entry = Submission.objects.get()
    withdrawn()
    again = put(bearer, received, picture, **NO_SESSION)
    assert (first.status, again.status) == (202, 202)
    assert first.json == again.json
    assert again.json["sha256"] == entry.sha256


def test_a_repeat_is_proven_by_its_bytes_alone(bearer, received, picture, left_behind):
    """Its digest saves no byte: the body is asked for, hashed and not stored."""
    said = {"Content_Digest": digest(picture), **NO_SESSION}
    length = {"Content_Length": str(len(picture))}
    with bearer.connection() as line:
        begin_put(bearer, line, received, Expect="100-continue", **length, **said)
        assert line.recv(100).startswith(b"HTTP/1.1 100 ")
        line.sendall(bytes(len(picture)))
        reply = Reply(line, "PUT")
    assert (reply.status, reply.code) == (409, "sha256_mismatch")
    originals = [*store().originals()]
    assert put(bearer, received, picture, **said).status == 202
    assert [*store().originals()] == originals
    assert left_behind() == set()


def test_repeats_count_for_the_rate_limit(bearer, received, picture, settings):
    settings.PACE_PARTICIPANT = (2 * LEAST_BYTES, 10**9)
    rate_counter._counts.clear()
    replies = [put(bearer, received, picture, **NO_SESSION) for _ in range(3)]
    assert [reply.status for reply in replies] == [202, 202, 429]
    assert replies[2].code == "too_fast"


def test_other_bytes_are_refused(bearer, received, picture):
    other = picture[:-1] + bytes([picture[-1] ^ 1])
    assert put(bearer, received, other, **NO_SESSION).status == 409
    assert put(bearer, received, picture + b"x", **NO_SESSION).status in (409, 422)
    assert kept() == picture


def test_more_pieces_are_refused(bearer, received, picture):
    size = len(picture)
    nothing = {"Content_Type": BODY_TYPE, "Upload_Offset": str(size)}
    assert bearer.ask("PATCH", received, b"", **nothing, **NO_SESSION).status == 204
    assert bearer.patch(received, b"more", size, **NO_SESSION).status == 409
    assert bearer.patch(received, picture, 0, **NO_SESSION).status == 409


def test_a_reservation_can_rotate_its_address(ada, competition, picture):
    leaked = take_ticket(ada, competition, size=len(picture))
    assert ada.patch(leaked, picture[:1000], 0).status == 204
    fresh = take_ticket(ada, competition, size=len(picture), rotate=1)
    assert ada.ask("HEAD", leaked).status == 410
    assert ada.patch(leaked, picture[1000:], 1000).status == 410
    assert ada.ask("HEAD", fresh).offset == 0
    assert put(ada, fresh, picture).status == 202
    assert take_ticket(ada, competition, size=len(picture), rotate=1) == fresh


def test_a_received_file_is_not_discarded(bearer, received, picture):
    assert delete(bearer, received, picture, **NO_SESSION).status == 409
    assert kept() == picture


@EVERY
def test_after_a_day_the_address_has_ended(send: Send, bearer, received, picture):
    moved = REPEATED_FOR + timedelta(minutes=1)
    entry = Submission.objects.get()
    assert entry.received_at is not None
    with_triggers_off(
        SUBMISSIONS,
        "UPDATE submissions_submission SET received_at = received_at - interval"
        f" '{moved.total_seconds()} seconds', arrived_at = arrived_at - interval"
        f" '{moved.total_seconds()} seconds'",
    )
    assert entry.received_at < timezone.now()
    assert send(bearer, received, picture, **NO_SESSION).status == 410
