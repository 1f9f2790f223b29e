"""What can be done with an object of the admin, each behind a button that asks once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mycenas.core.fields import ProseField
from mycenas.staff.letters import Letter

Text = str | Promise


class ConfirmForm(forms.Form):
    """A form without fields; submitting it confirms."""


class ReasonForm(forms.Form):
    """A form with one reason, which is shown to people."""

    reason = ProseField(
        label=_("Reason"), max_length=240, widget=forms.Textarea(attrs={"rows": 3})
    )


def typed(form: forms.Form) -> list[str]:
    """The texts of a form that was sent, as they were typed."""
    boxes = [
        field.html_name
        for field in form.visible_fields()
        if isinstance(field.field.widget, forms.Textarea)
    ]
    return [text for name in boxes if (text := form.data.get(name, "")).strip()]


def not_barred(obj: Any, user: Any) -> Text | None:
    """Allow the action to all people with a role."""
    return None


def no_mail(objects: list[Any], user: Any, data: dict[str, Any]) -> list[Letter]:
    """Say that nothing is sent."""
    return []


@dataclass(frozen=True)
class AdminVerb:
    """One action on an object: its label, its form and the function it calls.

    ``act`` gets the object, the person and the form's cleaned data. ``offered`` returns
    whether the button is shown; ``barred`` gets the object and the person and returns
    the sentence that replaces the button, or None. ``many`` makes the verb an action of
    the list as well, see `mycenas.staff.bulk`: it gets the selected objects and returns
    what happens to them. ``page`` is the page of the object that has the button.
    ``facts`` are sentences about the object that the question shows. ``made_page`` is
    given by verbs whose ``act`` makes and returns another row: the page of that row
    comes next. ``mails`` gets the selected objects, the person and the form's cleaned
    data, and returns the mails that the question shows before they are sent. The data
    are empty while the form is not complete: ``UNWRITTEN`` stands for words.
    ``prepare`` reads for all selected objects at once what ``offered`` and ``barred``
    ask of each. A form with ``wants_object`` gets the object as ``instance``, one with
    ``wants_objects`` all selected ones as ``objects``. ``is_next_step`` says that the
    points before the object's next step are about this verb, see
    `mycenas.staff.dashboard`. These only choose what to show: the workflow and
    PostgreSQL decide.
    """

    name: str
    label: Text
    explanation: Text
    act: Callable[[Any, Any, dict[str, Any]], object]
    offered: Callable[[Any], bool]
    form: Callable[..., forms.Form] = ConfirmForm
    wants_object: bool = False
    wants_objects: bool = False
    barred: Callable[[Any, Any], Text | None] = not_barred
    many: Callable[[list[Any]], list[Text]] | None = None
    page: str = "change"
    facts: Callable[[Any], list[Text]] | None = None
    made_page: str = ""
    is_next_step: bool = False
    mails: Callable[[list[Any], Any, dict[str, Any]], list[Letter]] | None = None
    prepare: Callable[[Sequence[Any]], object] | None = None

    def why_not(self, obj: Any, user: Any) -> Text | None:
        """Why ``user`` cannot do it with ``obj`` now, as far as pages know."""
        if self.offered(obj):
            return self.barred(obj, user)
        if not hasattr(obj, "get_state_display"):
            return _("This is not possible now.")
        state = obj.get_state_display()
        return _("This is not possible now; the state is “%(state)s”.") % {
            "state": state
        }

    def extra_for(self, obj: Any) -> dict[str, Any]:
        """What the form gets beside its data."""
        if self.wants_objects:
            return {"objects": [obj]}
        return {"instance": obj} if self.wants_object else {}
