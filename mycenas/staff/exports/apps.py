from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited


class ExportsConfig(AppConfig):
    name = "mycenas.staff.exports"
    label = "exports"
    verbose_name = _("exports")
    guards: ClassVar[dict[str, str]] = {
        "export_guard": (
            "A person asks for exports for themselves; what an export is of never "
            "changes, nor what its file holds once it is finished. The database clock "
            "stamps its steps; a file is kept for seven days."
        ),
        "export_stays": "Exports are never deleted.",
        "export_number_drawn": (
            "Numbers of a pack are drawn only while it is written."
        ),
        "export_number_stays": "Numbers of a pack are never changed or deleted.",
    }
    privileges: ClassVar[dict[str, str]] = {
        "exports_export": "INSERT, SELECT, UPDATE",
        "exports_exportnumber": "INSERT, SELECT",
    }
    audited = (
        Audited(
            "export",
            "exports_export",
            left_out=("key", "lease_until", "total", "written"),
        ),
    )

    def ready(self) -> None:
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.queue.tasks import add_sweeper, add_task
        from mycenas.staff.exports import workflow
        from mycenas.staff.exports.journal import JOURNAL, MAIL
        from mycenas.staff.exports.kinds import add_kind
        from mycenas.staff.exports.states import SENTENCES

        explain_constraints(SENTENCES)
        add_kind(JOURNAL, MAIL)
        add_task(
            workflow.RUN,
            workflow.run,
            soft_time_limit=workflow.SOFT_LIMIT,
            time_limit=workflow.HARD_LIMIT,
        )
        add_sweeper("exports.sweep", workflow.sweep, slow=True)
