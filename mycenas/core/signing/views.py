"""The public keys of the site."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from mycenas.core.signing import keys

JWKS_SECONDS = 300


@cache_control(public=True, max_age=JWKS_SECONDS)
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """The JSON Web Key Set, for any JOSE library and from any origin."""
    response = JsonResponse(
        keys.published_keys().as_dict(private=False),
        content_type="application/jwk-set+json",
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response
