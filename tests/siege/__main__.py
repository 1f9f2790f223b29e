"""``python -m tests.siege``: one siege; exit code 1 if a promise was broken."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path

from tests.siege import report
from tests.siege.course import run_siege

KILLS_PER_MINUTE = 20 / 3


def say(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} | {line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Besiege, report; 0 if all promises were kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.siege", description=__doc__)
    parser.add_argument("--seed", help="what the dice begin with; printed")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--json", type=Path, help="also write the report there")
    parser.add_argument("--without", nargs="*", default=(), help="protections off")
    chosen = parser.parse_args(arguments)
    seed = chosen.seed or secrets.token_hex(4)
    say(f"siege with seed {seed}, {chosen.minutes:g} minutes")
    outcome = run_siege(
        seed,
        chosen.minutes,
        least_kills=round(KILLS_PER_MINUTE * min(chosen.minutes, 3)),
        without=tuple(chosen.without),
        say=say,
    )
    sys.stdout.write(f"{report.in_words(outcome)}\n{report.as_json(outcome)}\n")
    if chosen.json:
        chosen.json.write_text(f"{report.as_json(outcome)}\n")
    return 1 if outcome.breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
