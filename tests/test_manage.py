"""`manage.py` and `pytest`, as a person starts them who has set nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.embedded.tools import ROOT, clean_environment

WITHOUT_PYTEST = """
import runpy, sys
sys.modules["pytest"] = None
sys.argv[0] = "manage.py"
runpy.run_path("manage.py", run_name="__main__")
"""


def run(*command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = ("DJANGO_SETTINGS_MODULE", "TESTS_SITE_URL", "PYTEST_")
    environment = {
        name: value
        for name, value in clean_environment(**environ).items()
        if not name.startswith(inherited)
    }
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    )


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "x", "PGHOST": "/nowhere"}, "DATABASE_URL is not set"),
    ],
)
def test_a_missing_variable_is_named(environ, missing):
    answer = run("manage.py", "migrate", **environ)
    assert answer.returncode == 1
    assert missing in answer.stderr
    assert "manage.py migrate" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_without_pytest_the_test_command_says_what_to_install():
    answer = run("-c", WITHOUT_PYTEST, "test", "tests/core")
    assert answer.returncode == 1
    assert "make setup" in answer.stderr


@pytest.mark.trial
def test_the_test_command_runs_pytest_on_servers_of_its_own():
    answer = run("manage.py", "test", "-q", "tests/core/db/test_prepared.py")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert " passed" in answer.stdout
