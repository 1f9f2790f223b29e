"""Model fields for text and addresses, whose form fields clean the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from mycenas.core.forms import LineField, MailField, ProseField, WebAddressField
from mycenas.core.mailbox import canonical_if_any
from mycenas.core.weblinks import LONGEST, web_address

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    _CharField = models.CharField[str | int | Combinable, str]
    _TextField = models.TextField[str | Combinable, str]
    _EmailField = models.EmailField[str | Combinable, str]
else:
    _CharField, _TextField = models.CharField, models.TextField
    _EmailField = models.EmailField


class Line(_CharField):
    """One line of text, cleaned by `tidy_line`."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LineField, **kwargs})

    def deconstruct(self) -> Any:
        """Migrations contain Django's own field."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class Prose(_TextField):
    """Several lines of text, cleaned by `tidy`."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": ProseField, **kwargs})

    def deconstruct(self) -> Any:
        """Migrations contain Django's own field."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class WebAddress(_CharField):
    """A URL that a browser opens, normalized by `web_address`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": LONGEST, **kwargs})

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        cleaned: str = super().clean(value, model_instance)
        return web_address(cleaned) if cleaned else cleaned

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": WebAddressField, **kwargs})

    def deconstruct(self) -> Any:
        """Migrations contain Django's own field."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class MailAddress(_EmailField):
    """A mail address: stored, found and compared in its canonical form."""

    def to_python(self, value: Any) -> Any:
        return _canonical(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return _canonical(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Set the attribute to the stored value."""
        value = _canonical(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": MailField, **kwargs})

    def deconstruct(self) -> Any:
        """Migrations contain Django's own field."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs


def _canonical(value: Any) -> Any:
    return canonical_if_any(value) if isinstance(value, str) else value
