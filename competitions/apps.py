from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.privileges import EVERYTHING
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class CompetitionsConfig(AppConfig):
    name = "competitions"
    label = "competitions"
    verbose_name = _("competitions")
    guards: ClassVar[dict[str, str]] = {
        "competition_guard": (
            "Dates, early closing, cancelling, closing and announcing keep "
            "their rules; a competition that is final or cancelled does not "
            "move."
        ),
        "competition_stamped_when_made": (
            "The database clock stamps when a competition is made."
        ),
        "competition_creation_stays": "When a competition was made never changes.",
        "competition_blind_stays": (
            "Whether a competition is blind changes only in a draft."
        ),
        "competition_stays": "Only a draft can be deleted.",
        "prize_in_running_competition": (
            "Prizes change only while the competition is not final, and stay in it."
        ),
        "category_in_running_competition": (
            "Categories change only while the competition is not final, and stay in it."
        ),
        "category_keeps_its_key": "A category keeps its primary key.",
        "prize_keeps_its_key": "A prize keeps its primary key.",
        "category_goes_last": "A category without a position comes last.",
        "prize_goes_last": "A prize without a position comes last.",
        "competition_texts_can_be_seen": GUARD_OF_TEXTS,
        "category_texts_can_be_seen": GUARD_OF_TEXTS,
        "prize_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    privileges: ClassVar[dict[str, str]] = {
        "competitions_category": EVERYTHING,
        "competitions_competition": EVERYTHING,
        "competitions_prize": EVERYTHING,
    }
    audited = (
        Audited("competition", "competitions_competition"),
        Audited("category", "competitions_category"),
        Audited("prize", "competitions_prize"),
    )

    def ready(self) -> None:
        from competitions import dashboard
        from competitions.effects import EFFECTS
        from competitions.exports import JOURNAL
        from competitions.imports import CATEGORIES, PRIZES
        from competitions.models import Competition
        from competitions.public import PAGES
        from competitions.states import FIELDS, SENTENCES
        from competitions.workflow import keep_deadlines
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.queue.tasks import add_sweeper
        from mycenas.staff import dashboard as staff
        from mycenas.staff.effects import add_effects
        from mycenas.staff.explain_public import add_public_pages
        from mycenas.staff.exports.journal import add_journal
        from mycenas.staff.exports.panels import panels as exports_panels
        from mycenas.staff.imports.kinds import add_import

        explain_constraints(SENTENCES, FIELDS)
        staff.work.append(dashboard.cards)
        staff.add_checks(Competition, dashboard.checks)
        staff.add_panels(Competition, exports_panels)
        add_effects(Competition, EFFECTS)
        add_public_pages(PAGES)
        add_journal(*JOURNAL)
        add_import(CATEGORIES, PRIZES)
        add_sweeper("competitions.keep_deadlines", keep_deadlines)
