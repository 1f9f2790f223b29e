"""Protections that the siege's own tests take away, to see that it notices.

The product knows nothing of this: its functions are replaced from outside, in the
attacked processes only, and do what they always do unless the control folder says
otherwise.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.db import close_old_connections

from mycenas.storage import StagedFile, Store
from mycenas.storage.files import Files
from mycenas.uploads.bodies import Body
from mycenas.uploads.multipart import MultipartForm
from submissions.intake import workflow as intake
from submissions.intake.queries import UploadRef
from submissions.models import Submission
from submissions.processing import workflow as processing
from submissions.states import SubmissionState
from tests.siege.control import Control

FSYNC, SWEEPER, EARLY_ACK, FENCE, LENGTH = PROTECTIONS = (
    "fsync", "sweeper", "early-ack", "fence", "length-check",
)  # fmt: skip
# Longer than it takes to kill who has answered.
EARLY_SECONDS = 15.0


def install(control: Control) -> None:
    """Put a switch before each protection."""

    def switch(owner: Any, name: str, protection: str, without: Any) -> None:
        usual = getattr(owner, name)

        @wraps(usual)
        def either(*args: Any, **kwargs: Any) -> Any:
            if control.is_off(protection):
                return without(usual, *args, **kwargs)
            return usual(*args, **kwargs)

        setattr(owner, name, either)

    switch(Files, "sync", FSYNC, _believe_the_cache)
    switch(processing, "_forgotten", SWEEPER, _find_nothing)
    switch(intake, "receive", EARLY_ACK, _acknowledge_first)
    switch(processing, "commit", FENCE, _commit_whoever_holds_the_lease)
    switch(Body, "_next", LENGTH, _take_the_cut_for_the_end)
    switch(MultipartForm, "finish", LENGTH, _believe_the_cache)


Usual = Callable[..., Any]


def _believe_the_cache(usual: Usual, *args: Any) -> None:
    """Nothing is done, as if all were well."""


def _find_nothing(usual: Usual) -> list[int]:
    return []


def _acknowledge_first(
    usual: Usual,
    submission: Submission,
    staged: StagedFile,
    *,
    name: str,
    files: Store,
    upload_ref: UploadRef,
) -> Submission:
    """Answer now, store a little later."""
    kept = replace(staged, path=staged.path.with_name(f"{staged.path.name}-late"))
    os.link(staged.path, kept.path)

    def later() -> None:
        usual(
            Submission.objects.get(pk=submission.pk),
            kept,
            name=name,
            files=files,
            upload_ref=upload_ref,
        )
        close_old_connections()

    threading.Timer(EARLY_SECONDS, later).start()
    known = {
        "state": SubmissionState.RECEIVED,
        "size": staged.size,
        "sha256": staged.sha256,
    }
    vars(submission).update(known)
    return submission


def _commit_whoever_holds_the_lease(
    usual: Usual, submission: Submission, *args: Any
) -> None:
    submission.refresh_from_db(fields=["attempt"])
    usual(submission, *args)


async def _take_the_cut_for_the_end(usual: Usual, body: Body) -> bytes:
    """What servers do that hand a broken body to the page as if it were whole."""
    message = await body._receive()
    body.untouched = False
    body.finished = not message.get("more_body", False)
    data: bytes = message.get("body", b"")
    body.received += len(data)
    return data
