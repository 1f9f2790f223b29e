"""What allauth asks the site: the client's address, limits, and where mail goes."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest
from django.urls import reverse

from mycenas.accounts.access import signed_in
from mycenas.accounts.models import Role, User
from mycenas.accounts.scopes import PAGES, has_role_anywhere
from mycenas.accounts.wording import OF_ACCOUNTS
from mycenas.core.addresses import canonical_if_any
from mycenas.core.http.network import client_address
from mycenas.core.queue.mail import write_worded

APP = "allauth.account"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Limits by address and account together, and mail as rows."""

    error_messages = {**DefaultAccountAdapter.error_messages, **OF_ACCOUNTS}

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Jurors begin at their rounds, sponsors at their campaigns.

        The desk is one link away for staff.
        """
        person = signed_in(request)
        for role, page in PAGES.items() if not person.is_staff else ():
            if has_role_anywhere(person, Role(role)):
                return reverse(page)
        return str(super().get_login_redirect_url(request))

    # --- limits

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse an address that has guessed too often at this account.

        An account that is guessed at from many addresses gives each of them fewer
        tries; the owner's own address still has one.
        """
        key = self._get_login_attempts_cache_key(request, **credentials)
        account = super()._get_login_attempts_cache_key(request, **credentials)
        used = _consume(request, "login_failed", key)
        anywhere = _consume(request, "login_failed_anywhere", account)
        if used and not anywhere:
            used = _consume(request, "login_failed_siege", key)
        if not used:
            raise self.validation_error("too_many_passwords")
        self._login_failed_rl_usage = RateLimitUsage(
            [*used.usage, *(anywhere.usage if anywhere else [])]
        )

    def _get_login_attempts_cache_key(
        self, request: HttpRequest, **credentials: Any
    ) -> str:
        account = super()._get_login_attempts_cache_key(request, **credentials)
        return by_address(request, account)

    # --- mail

    def send_mail(self, template_prefix: str, email: str, context: Any) -> None:
        """Store the mail: what a request does must not depend on a mail server."""
        if not context.get("is_notice"):
            self.refuse_flood(email)
        request, site = self.request, get_current_site(self.request)
        words = {"request": request, "email": email, "current_site": site, **context}
        message = self.render_mail(template_prefix, email, words)
        write_worded(email, message.subject, str(message.body))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Store the notice of a change: it is done, so no limit may refuse it."""
        words = {**(context or {}), "is_notice": True}
        super().send_notification_mail(template_prefix, user, words, email)

    def refuse_flood(self, email: str, *, dry_run: bool = False) -> None:
        """Answer 429 to a visitor who had several mails sent to ``email`` just now."""
        request = self.request
        key = by_address(request, canonical_if_any(email))
        if not request.user.is_authenticated and not _consume(
            request, "mail", key, dry_run=dry_run
        ):
            raise ImmediateHttpResponse(ratelimit.respond_429(request))


def by_address(request: HttpRequest, key: str) -> str:
    """The key of a limit that others cannot use up from elsewhere."""
    return f"{ratelimit.get_ip(request)}|{key}"


def _consume(
    request: HttpRequest, action: str, key: str, *, dry_run: bool = False
) -> RateLimitUsage | None:
    return ratelimit.consume(
        request, app=APP, action=action, key=key, limit_get=True, dry_run=dry_run
    )
