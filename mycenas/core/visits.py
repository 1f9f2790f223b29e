"""Which requests are visits: every address that counts asks here first."""

from __future__ import annotations

import re

from django.http import HttpRequest

# What browsers send with a page that a person has not opened yet.
EARLY = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
EARLY_VALUE = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
# Programs that say what they are: crawlers, and previews of links in messages.
PROGRAM = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|externalhit|facebookcatalog|embedly"
    r"|whatsapp|pinterest/|ia_archiver|monitor",
    re.IGNORECASE,
)


def is_visit(request: HttpRequest, *owners: int) -> bool:
    """Whether a person from outside sees the page behind ``request``.

    HEAD, early loading, crawlers, link previews, the site's staff and the ``owners``
    (ids of people) of what is shown do not count.
    """
    user = request.user
    return (
        request.method == "GET"
        and not any(EARLY_VALUE.search(request.META.get(name, "")) for name in EARLY)
        and not PROGRAM.search(request.META.get("HTTP_USER_AGENT", ""))
        and not getattr(user, "is_staff", False)
        and user.pk not in owners
    )
