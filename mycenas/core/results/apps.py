from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited


class ResultsConfig(AppConfig):
    name = "mycenas.core.results"
    label = "results"
    verbose_name = _("results")
    guards: ClassVar[dict[str, str]] = {
        "result_as_in_documents": (
            "Method, version and parameters of a result are those of its documents, "
            "and its ranking names the SHA-256 of its inputs."
        ),
        "result_supersedes": (
            "A result supersedes one of the same subject, with a confirmed approval "
            "of exactly its inputs."
        ),
        "result_stamped": "The database clock stamps when a result is computed.",
        "result_stays": "Results are never changed or deleted.",
    }
    privileges: ClassVar[dict[str, str]] = {"results_result": "INSERT, SELECT"}
    audited = (Audited("result", "results_result", left_out=("inputs", "ranking")),)

    def ready(self) -> None:
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.results.constraints import SENTENCES

        explain_constraints(SENTENCES)
