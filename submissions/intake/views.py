"""The entry form. The gateway asks it once, when its fields are complete."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import filterfalse
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from competitions.access import visible_or_404
from competitions.models import Competition
from mycenas.accounts.access import signed_in
from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.core.http.errors import (
    ProblemError,
    problem,
    sentence_for,
    wants_json,
)
from mycenas.staff.kept_words import bring_back, keeps_words
from mycenas.staff.saving import refusal_of
from mycenas.uploads.application import FORM_KEY, Accepted, FormUpload
from mycenas.uploads.ordinary import check_ordinary
from mycenas.uploads.rate_limit import RateLimited, Sender, check_rate, network_of
from submissions.intake import workflow
from submissions.intake.forms import EntryForm, new_key
from submissions.intake.own_entries import named_entry
from submissions.intake.pages import (
    acknowledgment,
    already_entered,
    form_page,
    invalid_entry,
    named_form,
    note_other_words,
    refused_page,
    wait_response,
)
from submissions.intake.queries import find_upload
from submissions.intake.refusals import EnteredBefore
from submissions.intake.upload_urls import new_upload, upload_for
from submissions.intake.uploads import UploadRequest
from submissions.models import Submission, Upload
from submissions.states import NOT_COUNTED

# Parameters of the page's address, which programs and old pages send the form to.
PARAMETERS = ("ticket", "why", "again", "replaces")
TRACKING = re.compile(
    r"utm_(source|medium|campaign|term|content|id)|mc_[ce]id|fbclid|gclid|msclkid"
)
NOT_OPEN = "submission_competition_takes_entries"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_words
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form, or reserve an entry whose file the gateway then receives."""
    competition = visible_or_404(request.user, slug)
    if coming := request.META.get(FORM_KEY):
        coming.max_bytes = competition.max_bytes
    if not request.user.is_authenticated:
        return _ask_to_sign_in(request)
    lost = bring_back(request)
    if request.method != "POST":
        return named_form(request, competition)
    named = request.POST.get("replaces", "")
    by = signed_in(request)
    replaced = named_entry(competition, named, by=by) if named else None
    form = EntryForm(request.POST, competition=competition, replaced=replaced)
    if lost:
        messages.warning(request, lost)
        return form_page(request, form, status=200)
    try:
        return _enter(request, form)
    except EnteredBefore as repeat:
        return already_entered(request, repeat)
    except (ProblemError, IntegrityError) as error:
        if wants_json(request):
            raise
        return refused_page(request, form, refusal_of(error))


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return problem(401, "sign_in", _("Sign in to enter a work."))
    query = urlencode({"next": request.get_full_path()}, safe="/")
    address = f"{reverse('account_login')}?{query}"
    return HttpResponseRedirect(address, status=303)


def _enter(request: HttpRequest, form: EntryForm) -> HttpResponse:
    """Reserve, then let the bytes come; the rate limit delays bytes only."""
    coming: FormUpload | None = request.META.get(FORM_KEY)
    if not (form.is_valid() or form.replaced or _takes_entries(form.competition)):
        raise ProblemError(sentence_for(NOT_OPEN) or "", code=NOT_OPEN)
    if coming is None:
        form.add_error("file", _("Choose a picture: a JPEG, PNG or WebP file."))
    if coming is None or not form.is_valid():
        return _invalid(request, form)
    _check_undeclared(request, form)
    submission = _reserve(form, by=signed_in(request), file_name=coming.file_name)
    note_other_words(request, submission, form.entry())
    sha256 = form.cleaned_data["sha256"] or None
    upload = upload_for(submission, sha256=sha256, file_name=coming.file_name)
    if upload and upload.found_at is None:
        upload = find_upload(upload.name)
    if upload is None:
        # Received before uploads of forms had a row: the receipt says what was entered.
        return acknowledgment(request, submission, as_page=True)
    try:
        _check_rate(request, upload, coming.size)
    except RateLimited as refused:
        return wait_response(request, form, refused, submission)
    begun = UploadRequest(request, upload.name, coming.file_name, upload)
    accepted = begun.begin(coming.size)
    if not isinstance(accepted, Accepted):
        return accepted
    coming.upload, coming.accepted = begun, accepted
    return HttpResponse(status=204)


def _takes_entries(competition: Competition) -> bool:
    return competition.takes_entries(database.now())


def _check_undeclared(request: HttpRequest, form: EntryForm) -> None:
    """Refuse a form that says more than this site reads.

    Parameters always, for no page sends them; headers without the file's SHA-256.
    """
    unknown = [*filterfalse(_is_known_parameter, request.GET)]
    if unknown or not form.cleaned_data["sha256"]:
        check_ordinary(request, unknown)


def _is_known_parameter(name: str) -> bool:
    return name in PARAMETERS or TRACKING.fullmatch(name) is not None


def _reserve(form: EntryForm, *, by: User, file_name: str) -> Submission:
    """The reservation for a form; a new one if its key was that of an ended entry.

    Browsers send such a form, with its key, after Back.
    """
    entry, upload = form.entry(), new_upload(length=None, file_name=file_name, by=by)
    submission = workflow.reserve(form.competition, entry, by=by, upload=upload)
    if submission.state in NOT_COUNTED:
        entry = replace(entry, idempotency_key=new_key())
        submission = workflow.reserve(form.competition, entry, by=by, upload=upload)
    return submission


def _check_rate(request: HttpRequest, upload: Upload, size: int) -> None:
    sender = Sender(upload.submission.participant_id, network_of(request))
    check_rate(sender, size, has_entered=upload.has_entered)


def _invalid(request: HttpRequest, form: EntryForm) -> HttpResponse:
    if not wants_json(request):
        return form_page(request, form, status=422)
    return invalid_entry(form)


def missing(request: HttpRequest, name: str) -> HttpResponse:
    """The view that gives upload URLs their name; the gateway answers them."""
    raise Http404
