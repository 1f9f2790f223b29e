"""Runs inside the attacked site: people and competitions, and what organizers do.

python -m tests.siege.seeding people COUNT SLUG…
python -m tests.siege.seeding close SLUG
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

HALLS = ("harbor", "meadow", "attic")
CLOSING = "attic"


def people(count: str, *slugs: str) -> dict[str, Any]:
    """An organizer, competitions, and participants; their sessions."""
    from competitions.models import Competition
    from mycenas.accounts.models import User
    from mycenas.demo.contents import PEOPLE
    from mycenas.demo.seed import seed_organization
    from tests.journeys import seeding

    nobody = "!"
    known = {one: seeding.person(one, name, nobody) for one, name in PEOPLE.items()}
    organization = seed_organization(known)
    for slug in slugs:
        seeding.room(organization, known[seeding.CAROL], slug, max_entries=30_000)
    # So that what is given up ends during a longer siege.
    window = timedelta(minutes=4)
    Competition.objects.update(upload_window=window, declared_upload_window=window)
    guests = [
        seeding.person(f"guest{number}@example.org", f"Guest {number}", nobody)
        for number in range(int(count))
    ]
    assert User.objects.filter(email=guests[0].email).exists()
    return {"sessions": [seeding.session(one) for one in guests]}


def close(slug: str) -> dict[str, Any]:
    """Move the deadline to now, with a reason, and begin the moderation."""
    from competitions import workflow
    from competitions.models import Competition
    from mycenas.accounts.models import User
    from tests.journeys import seeding

    workflow.close_entries_early(
        Competition.objects.get(slug=slug),
        reason="The roof leaks.",
        by=User.objects.get(email=seeding.CAROL),
    )
    return {}


def main(act: str, *arguments: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.siege.settings")
    import django

    django.setup()
    acts: dict[str, Callable[..., dict[str, Any]]] = {"people": people, "close": close}
    sys.stdout.write(json.dumps(acts[act](*arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
