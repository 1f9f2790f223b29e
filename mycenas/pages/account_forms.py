"""allauth's forms whose words come back when they are sent after the session ended.

These patterns come before those of the package.
"""

from __future__ import annotations

from typing import Any

from allauth.account.views import EmailView
from allauth.mfa.webauthn.views import EditWebAuthnView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import path

from mycenas.staff.kept_words import bring_back, keeps_words

ADDS = "action_add"


class BringsBack:
    """Show kept words once, as if the form had been sent; nothing is saved."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if lost := bring_back(request):
            messages.warning(request, lost)
        page: HttpResponse = super().get(request, *args, **kwargs)  # type: ignore[misc]
        return page


class KeptEmailView(BringsBack, EmailView):  # type: ignore[misc]
    """Mail addresses: a typed one comes back, or the chosen one of the list."""

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()
        if ADDS not in self.request.POST:
            # The other forms of the page act on an address of the list.
            kwargs = {**kwargs, "data": None, "files": None}
        return kwargs

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        chosen = self.request.POST.get("email")
        if chosen and ADDS not in self.request.POST:
            for radio in context["emailaddress_radios"]:
                radio["checked"] = radio["emailaddress"].email == chosen
        return context


class KeptPasskeyView(BringsBack, EditWebAuthnView):  # type: ignore[misc]
    """The name of a passkey."""


urlpatterns = [
    path("email/", keeps_words(KeptEmailView.as_view()), name="account_email"),
    path(
        "2fa/webauthn/keys/<int:pk>/edit/",
        keeps_words(KeptPasskeyView.as_view()),
        name="mfa_edit_webauthn",
    ),
]
