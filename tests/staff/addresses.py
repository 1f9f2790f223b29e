"""The addresses of the admin, as the URL resolver and the verbs have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

# The page of a model that only leads to the one that changes the object.
REDIRECT = "redirect"
_VALUE = re.compile(r"<(?:\w+:)?(\w+)>")
# A value in a route that is a regular expression.
_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")


class Address(NamedTuple):
    """The model and the page that an address is of; verbs are the page “do”."""

    model: str
    page: str
    path: str


def routes(resolver: Any = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Every route of the site below ``before``, and its name or ''."""
    for one in (resolver or get_resolver()).url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one, route)
        else:
            assert isinstance(one, URLPattern)
            yield route, one.name or ""


def public_addresses(values: dict[str, Any]) -> Iterator[str]:
    """Every address outside the admin, filled with ``values`` by their names."""
    root = reverse("admin:index").lstrip("/")
    for route, _name in routes():
        if route.startswith(root):
            continue
        path = _GROUP.sub(lambda found: str(values[found[1]]), route)
        path = _VALUE.sub(lambda found: str(values[found[1]]), path)
        yield "/" + path.replace("^", "").replace("$", "").replace("\\.", ".")


def _models() -> dict[str, Any]:
    """The admin of each model, by the part of the route that names it."""
    return {
        f"{model._meta.app_label}/{model._meta.model_name}/": model_admin
        for model, model_admin in admin.site._registry.items()
    }


def addresses(objects: dict[str, Any]) -> Iterator[Address]:
    """Everything that the admin has about a model, for the objects by their model.

    Of all verbs of a model there is the page. Models without an object have the key 1.
    """
    models, root = _models(), reverse("admin:index").lstrip("/")
    for route, name in routes():
        parts = route.removeprefix(root).split("/", 2)
        model_admin = models.get("/".join(parts[:2]) + "/")
        if not route.startswith(root) or model_admin is None:
            continue
        model = str(model_admin.opts.model_name)
        values = {"object_id": key_of(objects, model), "id": key_of(objects, model)}
        verbs = [verb.name for verb in getattr(model_admin, "verbs", ())]
        page = name.rpartition("_")[2] or REDIRECT
        for verb in verbs if page == "do" else [""]:
            filled = {**values, "name": verb}
            path = _VALUE.sub(lambda found, of=filled: str(of[found[1]]), route)  # type: ignore[misc]
            yield Address(model, page, f"/{path}")
    for registered in admin.site._registry:
        kind = ContentType.objects.get_for_model(registered).pk
        name = str(registered._meta.model_name)
        shown = reverse("admin:view_on_site", args=[kind, key_of(objects, name)])
        yield Address(name, "public", shown)


def key_of(objects: dict[str, Any], model: str) -> int:
    return int(getattr(objects.get(model), "pk", 1))


def others() -> set[str]:
    """The routes of the admin that are of no model."""
    root, models = reverse("admin:index").lstrip("/"), _models()
    return {
        route.removeprefix(root)
        for route, _name in routes()
        if route.startswith(root)
        and not any(route.startswith(root + model) for model in models)
    }
