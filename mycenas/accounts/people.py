"""The person behind a request, typed once."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from mycenas.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The signed-in person; ``PermissionDenied`` where sign-in was not required."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
