"""Whose form a browser sends, also when the session that showed it has ended.

Each sign-in begins a new CSRF secret, so the token of a form names the person who was
signed in when the page was made. The browser keeps which secret was whose in a cookie,
as keyed digests that say nothing without the site's secret key. Guests own no form.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import (
    CSRF_ALLOWED_CHARS,
    CSRF_SECRET_LENGTH,
    CSRF_TOKEN_LENGTH,
)
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.deprecation import MiddlewareMixin

COOKIE = "form_owners"
# The last sign-ins of a browser.
MOST_SECRETS = 12
DIGEST = 24
TOKEN = re.compile(
    rf"[A-Za-z0-9]{{{CSRF_SECRET_LENGTH}}}|[A-Za-z0-9]{{{CSRF_TOKEN_LENGTH}}}"
)
# The words that a session holds for one person; see kept_words.py.
KEPT, OWNER = "kept_words", "owner"


def owner_of(request: HttpRequest) -> str:
    """The owner of the form that was sent, by its token; '' if that is not known."""
    token = request.POST.get("csrfmiddlewaretoken") or request.headers.get(
        "X-CSRFToken", ""
    )
    # A request that passed the check of its token has the secret of the cookie.
    secret = _secret(token) or ("" if token else _passed_secret(request))
    return _known(request).get(_digest(secret), "") if secret else ""


def is_of(owner: str, person: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether ``owner``, as ``owner_of`` gave it, is this person."""
    form, _, _mark = owner.partition("-")
    return bool(owner) and constant_time_compare(owner, _mark_of(form, person.pk))


def _secret(token: str) -> str:
    if not TOKEN.fullmatch(token):
        return ""
    if len(token) == CSRF_SECRET_LENGTH:
        return token
    # A token is its mask, and the secret moved on by the letters of the mask.
    numbers = [CSRF_ALLOWED_CHARS.index(letter) for letter in token]
    mask, moved = numbers[:CSRF_SECRET_LENGTH], numbers[CSRF_SECRET_LENGTH:]
    steps = zip(moved, mask, strict=True)
    return "".join(CSRF_ALLOWED_CHARS[there - step] for there, step in steps)


def _passed_secret(request: HttpRequest) -> str:
    is_checked = getattr(request, "csrf_processing_done", False)
    return str(request.META.get("CSRF_COOKIE", "")) if is_checked else ""


def _digest(text: str) -> str:
    return salted_hmac("mycenas.form_owners", text).hexdigest()[:DIGEST]


def _mark_of(form: str, key: object) -> str:
    return f"{form}-{_digest(f'{form}-{key}')}"


def _known(request: HttpRequest) -> dict[str, str]:
    """The owners by the digests of their secrets, oldest first."""
    marks = request.COOKIES.get(COOKIE, "").split(".")
    return {mark.partition("-")[0]: mark for mark in marks if mark}


class FormOwnerMiddleware(MiddlewareMixin):
    """Remembers for whom a page with a form was made.

    It also drops words that the session keeps for another person.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        # Set by each token that a page is given, and by each sign-in.
        has_form = "CSRF_COOKIE_NEEDS_UPDATE" in request.META
        if not has_form or response.status_code >= 500:
            return response
        if request.user.is_authenticated:
            _drop_of_others(request)
            _remember(request, response)
        return response


def _drop_of_others(request: HttpRequest) -> None:
    kept = request.session.get(KEPT)
    if kept and not is_of(kept.get(OWNER, ""), request.user):
        del request.session[KEPT]


def _remember(request: HttpRequest, response: HttpResponse) -> None:
    known, form = _known(request), _digest(request.META["CSRF_COOKIE"])
    if form in known:
        return
    known[form] = _mark_of(form, request.user.pk)
    response.set_cookie(
        COOKIE,
        ".".join([*known.values()][-MOST_SECRETS:]),
        max_age=settings.CSRF_COOKIE_AGE,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
