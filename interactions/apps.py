from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    label = "interactions"
    verbose_name = _("interactions")
    guards: ClassVar[dict[str, str]] = {
        "like_taken_by_its_person": (
            "A like is taken back by its person, or goes with the account that a "
            "superuser deletes."
        ),
        "view_in_gallery": "Views are of entries in the gallery.",
        "like_in_gallery": "Likes are of entries in the gallery.",
        "view_stamped_when_made": "The database clock stamps each view.",
        "view_on_its_day": "A view counts on the day of the database clock.",
        "view_counts_from_none": "A new view has no repeats.",
        "view_counts_one_by_one": "Repeats of a view are counted one by one.",
        "like_stamped_when_made": "The database clock stamps each like.",
        "like_by_its_person": "A person likes an entry under the own name only.",
        "like_of_another": "An artist does not like the own entry.",
    }

    privileges: ClassVar[dict[str, str]] = {
        "interactions_like": "DELETE, INSERT, SELECT",
        "interactions_view": "INSERT, SELECT, UPDATE (repeats)",
    }

    def ready(self) -> None:
        from interactions.workflow import SENTENCES
        from mycenas.core.http.errors import explain_constraints

        explain_constraints(SENTENCES)
