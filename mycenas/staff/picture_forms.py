"""A picture that comes with the form of an object, decoded before the form is saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import ProblemError
from mycenas.imaging.rendering import RenderedImage
from mycenas.staff.pictures import is_too_large, rendered

CHOOSE_AGAIN = _("Nothing was saved yet. Choose the file again.")


class Decoded(NamedTuple):
    """A picture that can be shown, or the sentence that says why not."""

    picture: RenderedImage | None = None
    problem: str = ""


class DecodesPicture:
    """A ModelAdmin whose form takes a picture in the field ``picture_field``.

    The form is a `PictureForm`.
    """

    picture_field: str

    def picture_problem(self, picture: RenderedImage) -> str:
        """Why a picture that can be read does not suit; '' if it does."""
        return ""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kw: Any
    ) -> HttpResponse:
        """Decode the file first: the form is saved in a transaction."""
        admin: Any = super()
        is_sent = request.method == "POST" and admin.has_module_permission(request)
        file = request.FILES.get(self.picture_field) if is_sent else None
        with decoded(file, self.picture_problem) as found:
            vars(request)["decoded_picture"] = found
            answer: HttpResponse = admin.changeform_view(
                request, object_id, *args, **kw
            )
        return answer

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)  # type: ignore[misc]
        form.decoded = vars(request).get("decoded_picture", Decoded())
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A form that is shown again does not bring its file back."""
        form, name = context["adminform"].form, self.picture_field
        if form.is_bound and name in request.FILES and name not in form.errors:
            form.add_error(name, CHOOSE_AGAIN)
        admin: Any = super()
        answer: HttpResponse = admin.render_change_form(
            request, context, *args, **kwargs
        )
        return answer


class PictureForm:
    """A form whose ``decoded`` is the file that was sent along with it."""

    decoded = Decoded()
    picture_field: str

    def clean(self) -> dict[str, Any]:
        form: Any = super()
        data: dict[str, Any] = form.clean() or form.cleaned_data
        if self.decoded.problem:
            form.add_error(self.picture_field, self.decoded.problem)
        return data


@contextmanager
def decoded(
    file: UploadedFile[bytes] | None, problem_of: Callable[[RenderedImage], str]
) -> Iterator[Decoded]:
    """Decode an uploaded file; its renditions are there until the end.

    Call it outside of transactions: it takes seconds. A file that is too large is left
    to the form.
    """
    with ExitStack() as stack:
        found = Decoded()
        if file and not is_too_large(file):
            try:
                picture = stack.enter_context(rendered(file))
                found = Decoded(picture, problem_of(picture))
            except ProblemError as error:
                found = Decoded(None, str(error.sentence))
        yield found
