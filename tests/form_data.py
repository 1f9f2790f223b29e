"""Forms as a browser sends them: everything on the page, and what was typed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    """The successful controls of a page, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, Any] = {}
        self._text: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.data[self._select] = given.get("value", "")
        elif tag == "textarea" and name:
            self._text = name
            self.data[name] = ""
        elif tag == "input" and name:
            self._take(name, given)

    def _take(self, name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type", "text")
        if kind in ("submit", "file", "button") or name == "csrfmiddlewaretoken":
            return
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        self.data[name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._text:
            # A browser drops the line break that a textarea begins with.
            self.data[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            self.data[self._text] = self.data[self._text].lstrip("\r\n")
            self._text = None
        if tag == "select":
            self._select = None


def filled(answer: Any, **typed: Any) -> dict[str, Any]:
    """What the page's form sends when ``typed`` was typed into it."""
    fields = _Fields()
    fields.feed(answer.content.decode())
    return {
        **{
            name: text for name, text in fields.data.items() if "__prefix__" not in name
        },
        **typed,
    }


def complaints(answer: Any) -> dict[str, list[str]]:
    """What the desk's form says, by field; ``__all__`` above the form.

    Rows of a part are named as their fields are: ``categories-0-slug``.
    """
    assert answer.status_code == 200, answer
    form = answer.context["adminform"].form
    found = {name: list(texts) for name, texts in form.errors.items()}
    for shown in answer.context["inline_admin_formsets"]:
        formset = shown.formset
        if formset.non_form_errors():
            found[formset.prefix] = list(formset.non_form_errors())
        for row in formset.forms:
            for name, texts in row.errors.items():
                found[row.add_prefix(name)] = list(texts)
    return found


def said(answer: Any) -> str:
    """What a page of the desk says: its messages, and the errors of its form."""
    found = [str(one) for one in answer.context["messages"]]
    form = answer.context.get("form")
    for errors in form.errors.values() if form is not None else ():
        found += errors
    return " ".join(found)
