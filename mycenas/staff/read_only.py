"""Forms of objects that cannot be changed any more: without buttons to save."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import flatten_fieldsets

SAVES = ("show_save", "show_save_and_continue", "show_save_and_add_another")


def offers_changes(context: dict[str, Any]) -> bool:
    """Whether the form of an admin's change page has a field to type or choose in."""
    form, inlines = context["adminform"], context["inline_admin_formsets"]
    shown = set(flatten_fieldsets(form.fieldsets)) - set(form.readonly_fields)
    return not shown.isdisjoint(form.form.fields) or any(
        one.has_add_permission or one.has_change_permission or one.has_delete_permission
        for one in inlines
    )


def without_saving(context: dict[str, Any], sentence: Any) -> dict[str, Any]:
    """What hides the buttons and says why, if the form offers no changes."""
    if offers_changes(context):
        return {}
    return {**dict.fromkeys(SAVES, False), "read_only": sentence}
