"""The course of one siege: build, attack, heal, wait, audit."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.siege.acts import heal
from tests.siege.auditor import LOST, STAGED_SECONDS, Breach, audit
from tests.siege.evidence import Evidence
from tests.siege.injector import FaultInjector
from tests.siege.processes import descendants_of, marked, parents
from tests.siege.proxy import Proxy
from tests.siege.seeding import HALLS
from tests.siege.site import SiegeSite, Vain, running_site, wait_for, why_no_crash_fs
from tests.siege.submitters import Place, Submitter

SUBMITTERS = 4
TROUBLE = 0.25
# Once all is well again, something must have ended within this: leases, pauses and the
# sweeper's rounds are far shorter.
SWEEP_BOUND = 180.0
STEP = 0.5
ALIVE_RULE = "a process was lost, or left behind"
PROGRESS_RULE = "it takes no entries any more"
STUMBLED_RULE = "an answer that a client cannot understand"

UNFINISHED = """
SELECT count(*) FROM submissions_submission WHERE state IN ('received', 'processing')
"""

Say = Callable[[str], None]


@dataclass
class Outcome:
    """What came of a siege."""

    seed: str
    minutes: float
    breaches: list[Breach] = field(default_factory=list)
    works: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    orphans: int = 0
    settled_seconds: float = 0.0

    @property
    def lost(self) -> int:
        return sum(breach.rule == LOST for breach in self.breaches)


def run_siege(
    seed: str, minutes: float, *, least_kills: int, without: tuple[str, ...], say: Say
) -> Outcome:
    """Run one siege from nothing to its outcome."""
    outcome = Outcome(seed, minutes)
    reason = why_no_crash_fs()
    if reason:
        outcome.skipped["forgetful file system"] = reason
    with running_site() as site:
        site.control.take_away(*without)
        sessions = site.seed("people", str(SUBMITTERS + 1), *HALLS)["sessions"]
        say(f"the site is up on {site.base_url}; {SUBMITTERS} submitters begin")
        with Proxy(site.port, seed) as proxy:
            canary, *people = [
                Submitter(
                    f"submitter{number}",
                    seed,
                    Place(proxy.port, session, HALLS),
                    site.ledgers,
                )
                for number, session in enumerate(sessions)
            ]
            attack(site, proxy, people, outcome, least_kills, say)
            if not canary.enter_everywhere():
                outcome.breaches.append(Breach(PROGRESS_RULE, HALLS[0]))
            canary.close()
        examine(site, outcome, say)
        finish(site, outcome, say)
        if outcome.breaches:
            site.is_evidence = True
            say(f"ledgers and log are kept in {site.folder}")
    return outcome


def attack(
    site: SiegeSite,
    proxy: Proxy,
    people: list[Submitter],
    outcome: Outcome,
    least_kills: int,
    say: Say,
) -> None:
    """Everybody at once; afterwards nobody enters anything and all is mended."""
    injector = FaultInjector(site, outcome.seed, outcome.minutes * 60)
    proxy.trouble = TROUBLE
    for person in people:
        person.start()
    injector.rage(least_kills=least_kills, say=say)
    proxy.trouble = 0
    say("healing")
    try:
        heal(site)
    except Vain as error:
        outcome.breaches.append(Breach(ALIVE_RULE, str(error)))
    for person in people:
        person.leave()
    for person in people:
        person.join()
        if person.stumbled:
            outcome.breaches.append(Breach(STUMBLED_RULE, person.stumbled))
    outcome.kills, outcome.acts = injector.kills, injector.acts
    outcome.skipped |= injector.skipped
    outcome.lines = proxy.done


def evidence_of(site: SiegeSite) -> Evidence:
    url = site.facts["database_url"]
    return Evidence(site.ledgers, url, site.disk.folder)


def settle(site: SiegeSite, seconds: float) -> None:
    """Wait until the sweepers have done their work, or do no more of it.

    A slow machine may take its time: only standing still for so long ends the wait.
    The auditor names what is left.
    """
    least, moved = sys.maxsize, time.monotonic()
    while (waiting := unfinished(site)) and time.monotonic() < moved + seconds:
        if waiting < least:
            least, moved = waiting, time.monotonic()
        time.sleep(STEP)


def unfinished(site: SiegeSite) -> int:
    """How many entries and old files in staging still wait."""
    ((entries,),) = site.sql(UNFINISHED)
    return int(entries) or len(evidence_of(site).staged(STAGED_SECONDS))


def examine(site: SiegeSite, outcome: Outcome, say: Say) -> None:
    """Wait for the sweep bound, then audit."""
    say("waiting until every entry has ended")
    started = time.monotonic()
    settle(site, SWEEP_BOUND)
    outcome.settled_seconds = round(time.monotonic() - started, 1)
    evidence = evidence_of(site)
    say("auditing")
    outcome.breaches += audit(evidence)
    outcome.works = Counter(one.outcome for one in evidence.accounts.values())
    outcome.endings = Counter(row["state"] for row in evidence.entries)
    outcome.orphans = len(evidence.orphans())


def finish(site: SiegeSite, outcome: Outcome, say: Say) -> None:
    """Stop the site as its operator would; nothing may be left of it."""
    try:
        # A decoder that outlives its worker ends by its own limits.
        wait_for("no process is orphaned", lambda: not orphans(site))
    except Vain:
        outcome.breaches.append(Breach(ALIVE_RULE, f"orphans: {orphans(site)}"))
    say("stopping the site")
    pids = set(site.facts["pids"].values())
    code = site.stop()
    if code != 0:
        outcome.breaches.append(Breach(ALIVE_RULE, f"it ended with code {code}"))
    try:
        wait_for("no process is left", lambda: not left(site, pids), seconds=60)
    except Vain:
        found = sorted(left(site, pids))
        outcome.breaches.append(Breach(ALIVE_RULE, f"left behind: {found}"))


def orphans(site: SiegeSite) -> set[int]:
    """Processes of the site that its launcher has lost sight of."""
    return marked(site.marker) - descendants_of(site.pid("run"))


def left(site: SiegeSite, pids: set[int]) -> set[int]:
    """Processes of the site that are still there."""
    return (pids & parents().keys()) | marked(site.marker)
