"""Saving in the admin: a refusal by PostgreSQL becomes an error in the form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.constraint_messages import at_fields
from mycenas.core.http.errors import ProblemError, refusal
from mycenas.core.models import validate_constraints
from mycenas.staff import edit_conflicts
from mycenas.staff.datetimes import AdminDateTimeField
from mycenas.staff.formsets import RefusalFormSet, say_at
from mycenas.staff.history import JournalAdmin
from mycenas.staff.kept_words import bring_back
from mycenas.staff.links import without_closed_links
from mycenas.staff.more_rows import add_row

FOREIGN_KEY = "23503"
# On the page that asks before something is deleted, or refuses it.
MOST_NAMED = 50
STILL_NEEDED = _(
    "Something else still refers to this, or what this refers to was removed a moment "
    "ago. Reload the page to see what is there now."
)


def refusal_of(error: ProblemError | IntegrityError) -> ProblemError:
    """The refusal that an error stands for; raises one that is a bug of ours."""
    if isinstance(error, ProblemError):
        return error
    is_protected = isinstance(error, ProtectedError | RestrictedError)
    if is_protected or getattr(error.__cause__, "sqlstate", "") == FOREIGN_KEY:
        return ProblemError(STILL_NEEDED, code="still_needed")
    refused = refusal(error)
    if refused is None:
        raise error
    return refused


class RefusalForm:
    """A form that shows why it was not saved.

    ``refused`` is PostgreSQL's refusal of the save that was just tried, ``others``
    the changes by other people since the form was opened. One that ``is_unfinished``
    was sent for another row, not to be saved.
    """

    refused: ProblemError | None = None
    others: tuple[str, ...] = ()
    is_unfinished = False

    def is_valid(self) -> bool:
        return super().is_valid() and not self.is_unfinished  # type: ignore[misc]

    def _post_clean(self) -> None:
        """Validate constraints with our sentences, also on models of libraries."""
        form: Any = self
        form.instance.validate_constraints = partial(
            validate_constraints, form.instance
        )
        super()._post_clean()  # type: ignore[misc]
        del form.instance.validate_constraints

    def validate_unique(self) -> None:
        """Say what is unique together at its last field, in the rule's sentence."""
        form: Any = self
        try:
            form.instance.validate_unique(exclude=form._get_validation_exclusions())
        except ValidationError as error:
            form._update_errors(at_fields(error, type(form.instance), form.fields))

    def full_clean(self) -> None:
        super().full_clean()  # type: ignore[misc]
        form: Any = self
        if form.is_bound and self.others:
            form.add_error(None, list(self.others))
        if form.is_bound and self.refused is not None:
            say_at(form, self.refused.field, self.refused.sentence)


class RefusalAdmin(JournalAdmin):
    """A ModelAdmin that answers a refusal with a sentence instead of a 500.

    If other people changed the object since the form was opened, it shows their
    changes and saves nothing.
    """

    change_form_template = "admin/ruled_change_form.html"
    formfield_overrides = {models.DateTimeField: {"form_class": AdminDateTimeField}}

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        refused = getattr(request, "refused_before", None)
        if refused and refused.table in self._tables_of_parts(request, obj):
            refused = None
        return type(form)(
            form.__name__,
            (RefusalForm, form),
            {
                "refused": refused,
                "others": getattr(request, "others", ()),
                "is_unfinished": getattr(request, "is_unfinished", False),
            },
        )

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        refused = getattr(request, "refused_before", None)
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            bare = formset.form
            form = type(bare)(bare.__name__, (RefusalForm, bare), {})
            is_its_own = refused and refused.table == inline.model._meta.db_table
            parts = {
                "form": form,
                "refused": refused if is_its_own else None,
                "is_outdated": bool(getattr(request, "others", ())),
            }
            yield type(formset.__name__, (RefusalFormSet, formset), parts), inline

    def _tables_of_parts(self, request: HttpRequest, obj: Any) -> set[str]:
        inlines = self.get_inline_instances(request, obj)
        return {inline.model._meta.db_table for inline in inlines}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes along or keeps an object, as far as a person reads it."""
        going, counts, lacking, keeping = super().get_deleted_objects(objs, request)
        return _first(going), counts, lacking, _first(keeping)

    def zone(self, request: HttpRequest, obj: Any) -> tzinfo:
        """The zone in which the form reads and shows datetimes."""
        return self.zone_of(obj) if obj else timezone.get_default_timezone()

    def words_for_zone(self) -> Any:
        zone = timezone.get_current_timezone_name()
        return _("In the time zone %(zone)s.") % {"zone": zone}

    def formfield_for_dbfield(self, db_field: Any, *args: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, *args, **kwargs)
        if isinstance(field, AdminDateTimeField):
            field.help_text = self.words_for_zone()
        return field

    def in_its_zone(
        self, request: HttpRequest, key: str | None, act: Callable[[], HttpResponse]
    ) -> HttpResponse:
        """Run ``act`` and render its page in the zone of the object with the key."""
        obj = self.get_object(request, unquote(key)) if key else None
        with timezone.override(self.zone(request, obj)):
            response = act()
            if isinstance(response, TemplateResponse):
                response.render()
        return response

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kw: Any
    ) -> HttpResponse:
        act = partial(self._save_or_explain, request, object_id, *args, **kw)
        return self.in_its_zone(request, object_id, act)

    def _save_or_explain(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kw: Any
    ) -> HttpResponse:
        """Save; if PostgreSQL refuses, show the form again with the sentence."""
        show = partial(super().changeform_view, request, object_id, *args, **kw)
        if lost := bring_back(request):
            # An error of the form, so that nothing is saved.
            request.others = (lost,)  # type: ignore[attr-defined]
            return self._show_unsaved(request, show)
        if add_row(request):
            request.is_unfinished = True  # type: ignore[attr-defined]
            return self._show_unsaved(request, show)
        if request.method != "POST":
            self._look_at_others(request, object_id)
            return show()
        try:
            with transaction.atomic():
                self._look_at_others(request, object_id)
                return show()
        except (ProblemError, IntegrityError) as error:
            request.refused_before = refusal_of(error)  # type: ignore[attr-defined]
        return show()

    def _show_unsaved(
        self, request: HttpRequest, show: Callable[[], HttpResponse]
    ) -> HttpResponse:
        """The form as it was sent, of the version that the person has seen."""
        request.mark = request.POST.get(edit_conflicts.SEEN, "")  # type: ignore[attr-defined]
        return show()

    def _look_at_others(self, request: HttpRequest, object_id: str | None) -> None:
        """Find changes by others since the form was opened, and lock the row on POST.

        A form without a version mark counts as outdated.
        """
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        if obj is None or "_saveasnew" in request.POST:
            return
        if request.method == "POST":
            rows = self.model._base_manager.select_for_update(no_key=True)
            rows.filter(pk=obj.pk).first()
        parts = edit_conflicts.parts_of(self.get_inline_instances(request, obj))
        mark = edit_conflicts.mark_of(obj, parts)
        seen = request.POST.get(edit_conflicts.SEEN, "")
        if request.method == "POST" and seen != mark:
            named = self.named_for(request)
            changes = edit_conflicts.changes_since(obj, parts, seen, named)
            request.others = tuple(changes)  # type: ignore[attr-defined]
        request.mark = mark  # type: ignore[attr-defined]

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Answer 404 for objects that are not there or not for this person."""
        raise Http404

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (obj := kwargs.get("obj")) is not None:
            without_closed_links(self.admin_site, request, context["adminform"], obj)
        context.update(seen=edit_conflicts.SEEN, mark=getattr(request, "mark", ""))
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Check deferred constraints now, while the form can still be shown again."""
        super().save_related(request, form, formsets, change)
        connection.check_constraints()

    def delete_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        view = partial(super().delete_view, request, object_id, *args, **kwargs)
        return _explained(request, self.change_address(object_id), view)

    def changelist_view(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        view = partial(super().changelist_view, request, *args, **kwargs)
        if request.POST.get("action") == "delete_selected":
            view = transaction.atomic(view)  # so that the log has no entry of a failure
        return _explained(request, request.get_full_path(), view)


def _first(names: list[Any]) -> list[Any]:
    """The first of names and of the lists among them, and how many more there are."""
    shown = [
        _first(one) if isinstance(one, list) else one for one in names[:MOST_NAMED]
    ]
    left = sum(not isinstance(one, list) for one in names[MOST_NAMED:])
    if left:
        shown.append(gettext("%d more") % left)
    return shown


def _explained(
    request: HttpRequest, back: str, act: Callable[[], HttpResponse]
) -> HttpResponse:
    """Run ``act``; show a refusal as a message on the page ``back``."""
    try:
        return act()
    except (ProblemError, IntegrityError) as error:
        if request.method != "POST":
            raise
        messages.error(request, str(refusal_of(error).sentence))
    return redirect(back)
