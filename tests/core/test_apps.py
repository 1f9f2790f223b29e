"""The apps of the site: their labels never change, and their models have guards."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.apps import AppConfig, apps

from tests.embedded.tools import ROOT

OURS = ("mycenas", "competitions", "submissions", "campaigns", "interactions")
CONFIGS = [
    config
    for config in apps.get_app_configs()
    if config.name.partition(".")[0] in OURS and type(config) is not AppConfig
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_an_app_states_its_label(config):
    assert "label" in vars(type(config))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_an_app_with_models_declares_guards_and_privileges(config):
    models = list(config.get_models(include_auto_created=True))
    tables = {model._meta.db_table for model in models}
    assert not models or hasattr(config, "guards")
    assert tables <= set(getattr(config, "privileges", {}))


def test_models_belong_to_apps_that_declare_them():
    """An app without a configuration of its own would escape the guards."""
    declared = {config.label for config in CONFIGS}
    ours = {
        model._meta.app_label
        for model in apps.get_models()
        if model.__module__.partition(".")[0] in OURS
    }
    assert ours <= declared


# What few requests need, and takes long to import.
HEAVY = ("openpyxl", "xlsxwriter", "boto3", "networkx", "numpy")
START = """
import json, sys, django
django.setup()
import mycenas.asgi
json.dump(sorted(sys.modules), sys.stdout)
"""


def test_no_process_loads_at_its_start_what_few_requests_need():
    answer = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, capture_output=True, check=True
    )
    loaded = set(json.loads(answer.stdout))
    assert "mycenas.staff.exports.workbooks" in loaded
    assert loaded.isdisjoint(HEAVY)
