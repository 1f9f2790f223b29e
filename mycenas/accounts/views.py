"""The page of an invitation."""

from __future__ import annotations

from datetime import UTC

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mycenas.accounts import workflow
from mycenas.accounts.access import signed_in
from mycenas.accounts.models import STAFF_ROLES, AbstractInvitation
from mycenas.accounts.scopes import PAGES
from mycenas.core.http.errors import ProblemError

NO_INVITATION = _(
    "No invitation has this link. If you were invited more than once, only the link of "
    "the newest mail counts. Otherwise ask the person who invited you."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what is offered, to whom and by whom; accept it by POST."""
    found = workflow.invitation_with(secret)
    if found is None:
        raise ProblemError(NO_INVITATION, code="no_such_invitation", status=404)
    is_signed_in = request.user.is_authenticated
    if is_signed_in and workflow.is_accepted_by(found, signed_in(request)):
        return _welcome(request, found)
    if request.method == "POST" and is_signed_in:
        workflow.accept(found, by=signed_in(request))
        return _welcome(request, found)
    refused = workflow.why_ended(found)
    scope, row = workflow.invited_to(found)
    context = {
        "invitation": found,
        "thing": row,
        "thing_kind": scope.model._meta.verbose_name,
        "zone": getattr(row, "zone", UTC),
        "refusal": refused,
        "is_for_another": is_signed_in and signed_in(request).email != found.email,
    }
    status = refused.status if refused else 200
    return render(request, "accounts/invitation.html", context, status=status)


def _welcome(request: HttpRequest, found: AbstractInvitation) -> HttpResponse:
    """To the pages of the role; again as often as the link is opened."""
    _scope, row = workflow.invited_to(found)
    sentence = _("You are now %(role)s of “%(thing)s”.")
    words = {"role": found.get_role_display(), "thing": row}
    messages.success(request, sentence % words)
    if found.role in STAFF_ROLES:
        return redirect("admin:index")
    return redirect(PAGES.get(found.role, settings.LOGIN_REDIRECT_URL))
