"""Keeps the words of forms that are sent after the session ended.

They stay in the session that begins with the sign-in. The form comes back with them
once, saves nothing, and can be sent again. They are for the person alone for whom the
page was made: another sign-in drops them, and words of unknown people are not kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from django_ratelimit.core import is_ratelimited

from mycenas.core.http import returning
from mycenas.core.http.returning import own_path
from mycenas.core.text import KEY
from mycenas.staff.form_owners import KEPT, OWNER, is_of, owner_of

View = Callable[..., HttpResponse]
Words = list[tuple[str, list[str]]]

# In characters, with the names of the fields; they lie in the table of sessions.
MOST_KEPT = 200_000
# Of one address: everybody can send forms here, and each makes a row.
RATE = "20/m"
# Forms of the admin that come back; the last part of the names of their URLs.
FORMS = ("add", "change", "changelist", "do", "import", "queue", "review")
# What a page has read from a file; too long to keep, it comes from the file again.
FROM_FILE = "rows"
# Fields that are never stored, and those that do or confirm an act.
SECRET = "password"  # noqa: S105  part of a name
LEFT_OUT = ("csrfmiddlewaretoken", "confirmed", "post", "act")

ENDED = _(
    "Your session had ended, so nothing was saved. Sign in: the form comes back with "
    "your words."
)
NOT_KEPT = _(
    "Your session had ended, so nothing was saved. Your words are not kept: %(limit)d "
    "characters are, of 20 forms a minute. Copy them by your browser’s Back before you "
    "sign in."
)
UNKNOWN = _(
    "Your session had ended, so nothing was saved. Your words are not kept: this "
    "browser has not stored whose form it was. Copy them by its Back before you sign "
    "in."
)
CAME_BACK = _(
    "Your session had ended before this form was sent, and nothing was saved. These "
    "are your words; send the form again."
)
FILES = _("Choose its file again.")


def keep(request: HttpRequest) -> bool:
    """Keep the words of a form that comes back; return whether they are kept."""
    words: Words = [
        (field, values)
        for field, values in request.POST.lists()
        if field not in LEFT_OUT and SECRET not in field
    ]
    if not all(map(KEY.fullmatch, request.POST.getlist(ACTION_CHECKBOX_NAME))):
        return False
    if not words or not _comes_back(request) or not (owner := _owner_of(request)):
        return False
    short = [(field, values) for field, values in words if field != FROM_FILE]
    is_read_again = _length(words) > MOST_KEPT and len(short) < len(words)
    words = short if is_read_again else words
    if _length(words) > MOST_KEPT or _is_too_often(request):
        messages.warning(request, NOT_KEPT % {"limit": MOST_KEPT})
        return False
    request.session[KEPT] = {
        "path": request.path,
        OWNER: owner,
        "words": words,
        "files": bool(request.FILES) or is_read_again,
    }
    return True


def _owner_of(request: HttpRequest) -> str:
    """The owner of the form; '' if unknown, or if another person is signed in."""
    owner = owner_of(request)
    if not owner:
        messages.warning(request, UNKNOWN)
    is_here = request.user.is_authenticated
    return "" if is_here and not is_of(owner, request.user) else owner


def _length(words: Words) -> int:
    return sum(len(field) + sum(map(len, values)) for field, values in words)


def _comes_back(request: HttpRequest) -> bool:
    """Whether the page of the form shows kept words again."""
    match: Any = request.resolver_match
    if match is None:
        return False
    name = match.url_name or ""
    is_form = SECRET not in name and name.rpartition("_")[2] in FORMS
    return hasattr(match.func, KEPT) or (is_form and "admin" in match.app_names)


def _is_too_often(request: HttpRequest) -> bool:
    return bool(
        is_ratelimited(request, group=KEPT, key="ip", rate=RATE, increment=True)
    )


def keep_if_ended(request: HttpRequest) -> None:
    """Keep the words of a form that only a sign-in can save, and say so."""
    user = request.user
    may_return = not user.is_authenticated or user.is_staff
    if request.method == "POST" and may_return and keep(request):
        messages.warning(request, ENDED)


def keeps_words(view: View) -> View:
    """Decorate a view outside the admin that shows kept words again."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if not request.user.is_authenticated:
            keep_if_ended(request)
        return view(request, *args, **kwargs)

    setattr(answer, KEPT, True)
    return answer


def bring_back(request: HttpRequest) -> str:
    """Fill a GET of a form with its kept words; return the sentence that says so.

    The caller shows the form as if it had been sent, and must not act on it.
    """
    kept = request.session.get(KEPT)
    if request.method != "GET" or not kept or kept["path"] != request.path:
        return ""
    del request.session[KEPT]
    if not is_of(kept.get(OWNER, ""), request.user):
        return ""
    _files = request.FILES  # Read now: reading it later would empty POST.
    words = QueryDict(mutable=True)
    for field, values in kept["words"]:
        words.setlist(field, values)
    request.POST = words  # type: ignore[assignment]
    request.method = "POST"
    return f"{CAME_BACK} {FILES}" if kept["files"] else str(CAME_BACK)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show a form again whose token is outdated by a new sign-in, if it was ours."""
    if _is_of_this_site(request) and keep(request):
        page = request.get_full_path()
        is_part = returning.is_part(request)
        return HttpResponseClientRedirect(page) if is_part else redirect(page)
    return returning.csrf_failure(request, reason)


def _is_of_this_site(request: HttpRequest) -> bool:
    """Whether the browser sent a form of this site, by Origin, or else by Referer."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return own_path(request, f"{origin}/") == "/"
    return bool(own_path(request, request.headers.get("Referer", "")))
