"""One more row in a form without JavaScript: the form comes back, and saves nothing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mycenas.core.text import KEY

# The button that asks for a row; its value is the prefix of the part.
ADD_ROW = "_add_row"
ADDED = _("There is one more row. Nothing is saved until you save.")


def add_row(request: HttpRequest) -> bool:
    """Announce one more row of the part that a sent form asks for, if it asks.

    The caller shows the form as it was sent, and must not save it.
    """
    if request.method != "POST" or ADD_ROW not in request.POST:
        return False
    words = request.POST.copy()
    (prefix,) = words.pop(ADD_ROW)[-1:]
    name = f"{prefix}-TOTAL_FORMS"
    count = words.get(name, "")
    if KEY.fullmatch(count):
        words[name] = str(int(count) + 1)
    request.POST = words  # type: ignore[assignment]
    messages.info(request, ADDED)
    return True
