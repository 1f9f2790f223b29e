"""Upload URLs: what the holder of one may do. See the table in docs/tus.md.

The URL alone authorizes the bytes, which are those of the reservation's participant.
Cookies carry no authority here, so there is neither a session nor a CSRF token.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, IntegrityError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mycenas.core.audit.actor import acting
from mycenas.core.http.errors import (
    InvalidTransition,
    LostRace,
    ProblemError,
    problem_of,
    refusal,
)
from mycenas.core.http.network import keep_to_trusted
from mycenas.core.http.wellformed import can_be_parsed, check_request
from mycenas.storage import StagedFile, store
from mycenas.uploads.application import Accepted
from mycenas.uploads.conditions import check_conditions
from mycenas.uploads.quotas import RetryLater
from mycenas.uploads.rate_limit import (
    Sender,
    check_rate,
    check_unknown,
    count_unknown,
    network_of,
)
from submissions.intake import upload_urls, workflow
from submissions.intake.file_checks import (
    check_content,
    check_declared,
    check_digest,
    check_size,
    check_undeclared,
    declared_sha256,
    disk_claim,
    empty_file,
)
from submissions.intake.pages import acknowledgment, form_refusal
from submissions.intake.queries import UploadRef, find_upload
from submissions.intake.refusals import DifferentRepeat, Unavailable, recording_refusal
from submissions.intake.tus import (
    abilities,
    begin_patch,
    check_version,
    complete_patch,
    offset_response,
)
from submissions.models import Upload

logger = logging.getLogger(__name__)

ALLOWED = "OPTIONS, HEAD, PATCH, PUT, DELETE"
T = TypeVar("T")


class UploadRequest:
    """One request to an upload URL: a `mycenas.uploads.application.Upload`.

    A form has a ``file_name``, and what its view ``found``.
    """

    def __init__(
        self,
        request: HttpRequest,
        secret: str,
        file_name: str | None = None,
        found: Upload | None = None,
    ) -> None:
        self._request = request
        self._secret = secret
        self._file_name = file_name
        self._is_form = file_name is not None
        self._found = found
        self.max_bytes: int | None = None

    # --- what the gateway asks

    def respond(self) -> HttpResponse:
        """HEAD, DELETE, OPTIONS, and any method that is not allowed."""
        if self._request.method == "OPTIONS":
            return abilities()
        acts = {"HEAD": self._head, "DELETE": self._delete}
        if act := acts.get(str(self._request.method)):
            return self._answer(act)
        refused = ProblemError(_("Not possible here."), status=405, code="method")
        refused.headers["Allow"] = ALLOWED
        return problem_of(refused)

    def begin(
        self, length: int | None, found: int | None = None
    ) -> Accepted | HttpResponse:
        def act(upload: Upload) -> Accepted | HttpResponse:
            if not self._is_form:
                self._check_conditions(upload)
            with recording_refusal(upload.submission):
                if self._is_form:
                    return self._accepted(upload, length or 0)
                if self._request.method == "PUT":
                    return self._begin_put(upload, length or 0)
                return begin_patch(
                    self._request, upload, self._sender(upload), length, found
                )

        return self._answer(act)

    def progress(self, before: int, now: int) -> HttpResponse:
        def act(upload: Upload) -> HttpResponse:
            upload_urls.progress(upload, before=before, now=now)
            return offset_response(upload, status=204)

        return self._answer(act)

    def complete(self, staged: StagedFile, before: int | None) -> HttpResponse:
        def act(upload: Upload) -> HttpResponse:
            with recording_refusal(upload.submission, staged):
                if before is None:
                    return self._complete(upload, staged)
                return complete_patch(self._request, upload, staged, before)

        return self._answer(act)

    def reject(self, size: int) -> HttpResponse:
        def act(upload: Upload) -> HttpResponse:
            with recording_refusal(upload.submission):
                check_size(upload.submission.competition, size)
                raise empty_file()

        return self._answer(act)

    def delay(self, refused: RetryLater) -> HttpResponse:
        def act(_upload: Upload) -> HttpResponse:
            raise refused

        return self._answer(act)

    # --- one method each

    def _head(self, upload: Upload) -> HttpResponse:
        check_version(self._request)
        return offset_response(upload, status=200)

    def _delete(self, upload: Upload) -> HttpResponse:
        check_version(self._request)
        self._check_conditions(upload)
        upload_urls.terminate(upload, store())
        return HttpResponse(status=204)

    def _accepted(self, upload: Upload, coming: int) -> Accepted:
        submission = upload.submission
        most = submission.competition.max_bytes
        sender, competition_id = self._sender(upload), submission.competition_id
        claim = disk_claim(sender, competition_id, min(coming, most))
        return Accepted(most, claim)

    def _begin_put(self, upload: Upload, length: int) -> Accepted:
        """Refuse by headers alone what cannot become the entry's file."""
        submission = upload.submission
        if length == 0:
            raise empty_file()
        check_size(submission.competition, length)
        said = declared_sha256(self._request)
        check_declared(submission, length, said)
        upload_urls.check_late(upload, length, said)
        check_undeclared(self._request, upload)
        check_rate(self._sender(upload), length, has_entered=upload.has_entered)
        return self._accepted(upload, length)

    def _complete(self, upload: Upload, staged: StagedFile) -> HttpResponse:
        submission = upload.submission
        upload_urls.check_late(upload, staged.size, staged.sha256)
        for digest in (submission.declared_sha256, declared_sha256(self._request)):
            check_digest(digest, staged.sha256)
        name = self._file_name if self._is_form else upload.file_name
        check_content(staged, name or "")
        try:
            workflow.receive(
                submission,
                staged,
                name=name or submission.public_id,
                files=store(),
                upload_ref=UploadRef(upload.name),
            )
        except DifferentRepeat as other:
            status = other.status if self._is_form else 409
            raise ProblemError(
                other.sentence, status=status, code=other.code
            ) from other
        if upload.offset:
            store().remove_partial_file(upload.part)
        return acknowledgment(self._request, submission, as_page=self._is_form)

    # --- the row, and what was refused

    def _check_conditions(self, upload: Upload) -> None:
        entry = upload.submission
        modified_at = entry.received_at or entry.arrived_at
        check_conditions(self._request.headers.items(), modified_at)

    def _sender(self, upload: Upload) -> Sender:
        return Sender(upload.submission.participant_id, network_of(self._request))

    def _actor(self) -> tuple[int | None, str]:
        found = self._found
        return (found.submission.participant_id if found else None), "upload-url"

    def _answer(self, act: Callable[[Upload], T]) -> T | HttpResponse:
        """Run ``act``; refusals are responses, a lost connection is replaced once."""
        with acting(self._actor):
            try:
                return self._refused(act)
            except (DatabaseError, InterfaceError):
                connection.close()
                self._found = None
            try:
                return self._refused(act)
            except (DatabaseError, InterfaceError):
                logger.exception("An upload could not be looked up.")
                connection.close()
                return problem_of(Unavailable())

    def _refused(self, act: Callable[[Upload], T]) -> T | HttpResponse:
        try:
            return self._attempt(act)
        except IntegrityError as error:
            if (refused := refusal(error)) is None:
                raise
        except SuspiciousOperation:
            refused = ProblemError(_("Bad request."), status=400, code="bad_request")
        except ProblemError as error:
            refused = error
        if found := self._found:
            self.max_bytes = found.submission.competition.max_bytes
            if self._is_form:
                return form_refusal(self._request, found.submission, refused)
        return problem_of(refused)

    def _attempt(self, act: Callable[[Upload], T]) -> T:
        """Twice: after a lost race the row as it is now decides."""
        try:
            return act(self._open())
        except (LostRace, InvalidTransition, IntegrityError):
            self._found = None
        try:
            return act(self._open())
        except LostRace as lost:
            # The same file was sent twice at once, and the other one is not done yet.
            lost.headers["Retry-After"] = "1"
            raise

    def _open(self) -> Upload:
        if not self._is_form:
            self._check_request()
        found = self._found = self._found or find_upload(self._secret)
        if found is None:
            count_unknown(network_of(self._request))
            raise ProblemError(
                _("There is nothing at this address."), status=404, code="not_found"
            )
        if found.name != self._secret or not upload_urls.is_granted(found):
            sentence = _("This address was ended. Take a new one for the ticket.")
            raise upload_urls.Gone(sentence)
        if not (self._is_form and found.submission.received_at):
            upload_urls.check_open(found)
        return found

    def _check_request(self) -> None:
        keep_to_trusted(self._request.META)
        self._request.get_host()
        check_request(self._request)
        check_origin(self._request)
        if self._found is None:
            check_unknown(network_of(self._request))


def check_origin(request: HttpRequest) -> None:
    """Refuse pages of other sites (403): a leaked URL is of no use there."""
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and not _is_own(request, origin)
    if is_foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        detail = _("Files are sent from this site's own pages, or by programs.")
        raise ProblemError(detail, status=403, code="foreign_origin")


def _is_own(request: HttpRequest, origin: str) -> bool:
    is_own = can_be_parsed(origin) and urlsplit(origin).netloc == request.get_host()
    return is_own or origin in settings.CSRF_TRUSTED_ORIGINS
