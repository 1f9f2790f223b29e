"""Run a program that starts others to import the site: `python -m mycenas uvicorn …`.

It never imports the site itself, but its environment holds the secrets, which no other
process may read. Importing the package refuses inspection.
"""

from __future__ import annotations

import os
import runpy
import sys
from multiprocessing import resource_tracker


def start_helper_without_secrets() -> None:
    """Start Python's helper for spawned processes, which would get the environment."""
    kept = dict(os.environ)
    os.environ.clear()
    try:
        resource_tracker.ensure_running()
    finally:
        os.environ.update(kept)


def main() -> None:
    """Run the module that is named first, with the arguments after it."""
    start_helper_without_secrets()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
