"""The documentation tells the truth."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings

from tests.siege.acts import ACTS
from tests.siege.proxy import FAULTS

ROOT = Path(settings.BASE_DIR)
PAGES = sorted(
    [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
)
READERS = {
    *("env_text", "env_bool", "env_list", "env_path", "env_secret"),
    *("env_int", "env_bytes", "env_rate", "env_seconds"),
}
OURS = ("mycenas", "competitions", "submissions", "campaigns", "interactions")
SETTINGS = ("settings.py", "celery_settings.py")
ADDRESSES = {"db_url", "email_url"}
CELL = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \|", re.MULTILINE)


def names_read_by_settings() -> set[str]:
    """What the settings ask the environment for."""
    return {
        str(node.args[0].value)
        for name in SETTINGS
        for node in ast.walk(ast.parse((ROOT / "mycenas" / name).read_text()))
        if isinstance(node, ast.Call)
        and is_reader(node.func)
        and isinstance(node.args[0], ast.Constant)
    }


def is_reader(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in READERS
    return isinstance(function, ast.Attribute) and function.attr in ADDRESSES


# Variables of the surrounding system, which are not ours to describe.
FOREIGN = {
    "PATH",
    "LD_LIBRARY_PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "DJANGO_SETTINGS_MODULE",
}
# Of the embedded servers' own child processes.
INTERNAL = re.compile(r"^(PG|LC_|MYCENAS_|PYTHON)")


def names_read_by_embedded() -> set[str]:
    """What mycenas/embedded asks the environment for, or hands on to the site."""
    found: set[str] = set()
    for path in (ROOT / "mycenas" / "embedded").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    texts = {
        name for name in found if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", name)
    }
    return {
        name
        for name in texts & documented_anywhere()
        if name not in FOREIGN and not INTERNAL.match(name)
    }


def environment_section() -> str:
    page = (ROOT / "docs" / "operations.md").read_text()
    return page.split("## Environment", 1)[1].split("\n## ", 1)[0]


def documented() -> set[str]:
    return set(CELL.findall(environment_section()))


def documented_anywhere() -> set[str]:
    return documented() | {"PORT", "DEMO_PASSWORD", "DATABASE_OWNER_URL"}


def test_the_table_of_the_environment_is_what_is_read():
    read = names_read_by_settings() | names_read_by_embedded()
    assert {"PORT", "DEMO_PASSWORD", "DATABASE_OWNER_URL"} <= read
    assert documented() == read


def test_no_code_reads_the_environment_past_the_one_place():
    """Only env.py, the embedded servers and the entry points touch it."""
    allowed = {f"mycenas/{name}.py" for name in ("env", "celery", "wsgi", "__main__")}
    readers = [
        path.relative_to(ROOT).as_posix()
        for app in OURS
        for path in (ROOT / app).rglob("*.py")
        if "os.environ" in path.read_text() or "os.getenv" in path.read_text()
    ]
    ours = {
        r for r in readers if not r.startswith(("mycenas/embedded", "mycenas/demo"))
    }
    assert ours - {"mycenas/asgi.py"} <= allowed


def packages(path: Path) -> set[str]:
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return {
        re.split(r"[\[=<>~!; ]", line)[0].lower().replace("_", "-")
        for line in lines
        if line and not line.startswith("-")
    }


def test_every_dependency_has_its_line():
    page = (ROOT / "docs" / "dependencies.md").read_text()
    told = {
        row.lower().replace("_", "-")
        for row in re.findall(r"^\| ([\w-]+) \|", page, re.MULTILINE)
    }
    every = packages(ROOT / "requirements.in") | packages(ROOT / "requirements-dev.in")
    assert told - {"package", "---"} == every


def test_every_package_from_npm_has_its_line():
    page = (ROOT / "docs" / "dependencies.md").read_text()
    wanted = re.findall(r"([@\w/-]+)@[\d.]+", (ROOT / ".ci" / "run").read_text())
    assert wanted
    assert [name for name in wanted if f"**{name}**" not in page] == []


PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """The exact version of every package that a file of requirements names."""
    found = PINNED.findall((ROOT / name).read_text())
    return {re.sub("[-_.]+", "-", name.lower()): version for name, version in found}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_dependency_is_locked_in_one_version_with_hashes(name):
    wanted, locked = pins(f"{name}.in"), pins(f"{name}.txt")
    assert set(wanted) == packages(ROOT / f"{name}.in")
    assert wanted.items() <= locked.items(), "run `make lock`"
    entries = re.split(r"\n(?=[\w-])", (ROOT / f"{name}.txt").read_text())[1:]
    assert len(entries) == len(locked)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_tests_need_contains_what_the_site_needs():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_name_no_place_to_fetch_from(name):
    assert re.findall(r"--\w*(?:index|links)|://", (ROOT / name).read_text()) == []


def test_the_table_of_the_protocol_names_tests_that_exist():
    page = (ROOT / "docs" / "tus.md").read_text()
    told = set(re.findall(r"`(test_\w+)`", page))
    code = "".join(
        path.read_text() for path in (ROOT / "tests" / "protocol").rglob("test_*.py")
    )
    assert told
    assert [name for name in sorted(told) if f"def {name}(" not in code] == []
    rows = re.findall(
        r"^\| (?!A server|The upload is|---)(.+) \| (.*) \|$", page, re.MULTILINE
    )
    assert [sentence for sentence, tests in rows if "`test_" not in tests] == []


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Headings as the addresses that code hosts give them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.strip().replace(" ", "-") for head in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for pair in LINK.findall(text):
        target = pair[0] or pair[1]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found), target


def test_the_python_versions_are_the_ones_promised():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11,<3.14"


ARCHITECTURE = ROOT / "docs" / "architecture.md"
TOKEN = re.compile(r"`([^`]+)`")
DEFINED = r'\bFUNCTION {0}\b|^ *(?:class|def) {0}\b|^ *{0}\b.*=|^ *"{0}":'


def test_every_path_of_the_architecture_exists():
    page = re.sub(r"```.*?```", "", ARCHITECTURE.read_text(), flags=re.DOTALL)
    tokens = TOKEN.findall(page)
    paths = {token for token in tokens if re.fullmatch(r"\w+/[\w./-]+", token)}
    assert len(paths) > 40
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def decided() -> list[tuple[str, str]]:
    """The names of the table "Where is it decided?", each with its file or files."""
    table = ARCHITECTURE.read_text().split("## Where is it decided?\n", 1)[1]
    found = []
    for row in table.split("\n## ", 1)[0].splitlines():
        names: list[str] = []
        in_files = False
        for token in TOKEN.findall(row):
            if re.fullmatch(r"\w+", token):
                names = [token] if in_files else [*names, token]
                in_files = False
            elif re.fullmatch(r"\w+/.*\.\w+", token):
                found += [(name, token) for name in names]
                in_files = True
    return found


def test_what_is_decided_stands_where_the_table_says():
    assert len(decided()) > 45
    missing = [
        (name, path)
        for name, path in decided()
        if not re.search(DEFINED.format(name), (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert missing == []


BESIDE = re.compile(r"`(\w+)`\s+(?:\(|in\s+)`(\w+/[\w./-]+\.py)`")


def test_names_beside_a_file_stand_in_it():
    named = BESIDE.findall(ARCHITECTURE.read_text())
    assert len(named) > 60
    missing = [
        (name, path)
        for name, path in named
        if not re.search(DEFINED.format(name), (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_the_table_names_the_last_migration_of_a_guard():
    guards = [(name, path) for name, path in decided() if "/migrations/" in path]
    assert guards
    for name, path in guards:
        every = sorted((ROOT / path).parent.glob("0*.py"))
        last = [one for one in every if f"FUNCTION {name}(" in one.read_text()][-1]
        assert path == last.relative_to(ROOT).as_posix()


REGISTERED = re.compile(r"^ +explain_constraints\(SENTENCES\b", re.MULTILINE)


def follows_the_rule(path: Path) -> bool:
    """Sentences are in one of two files, which the package's ``apps.py`` registers."""
    apps = path.with_name("apps.py")
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    imports = rf"^ +from {re.escape(module)} import .*\bSENTENCES\b"
    return (
        path.name in ("states.py", "constraints.py")
        and apps.exists()
        and bool(re.search(imports, apps.read_text(), re.MULTILINE))
        and bool(REGISTERED.search(apps.read_text()))
    )


def test_sentences_stand_where_the_architecture_says():
    """By its rule, or in a file that the row names."""
    [row] = re.findall(
        r"^\| What does a refusal say.*$", ARCHITECTURE.read_text(), re.MULTILINE
    )
    code = (p for app in OURS for p in (ROOT / app).rglob("*.py"))
    homes = [p for p in code if re.search(r"^SENTENCES\b", p.read_text(), re.MULTILINE)]
    by_rule = {path for path in homes if follows_the_rule(path)}
    named = {ROOT / token for token in TOKEN.findall(row) if "/" in token}
    assert len(by_rule) > 10
    assert set(homes) - by_rule == named - by_rule


RELIABILITY = ROOT / "docs" / "reliability.md"
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (\d+) \|.*\|(.*)\|$", re.MULTILINE)


def test_the_matrix_names_tests_that_exist():
    page = RELIABILITY.read_text()
    named = NAMED_TEST.findall(page)
    missing = {
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text()
    }
    assert (missing, len(named) > 40) == (set(), True)


def test_every_fault_of_the_matrix_has_its_place():
    rows = ROW.findall(RELIABILITY.read_text())
    assert [int(number) for number, _ in rows] == list(range(1, 41))
    assert [number for number, where in rows if "`" not in where] == []


def test_the_page_of_the_siege_names_every_act_and_no_other():
    page = RELIABILITY.read_text()
    table = page.split("## The siege", 1)[1].split("Then everything goes on", 1)[0]
    named = set(re.findall(r"`([^`]+)`", table.split("| --- | --- |", 1)[1]))
    assert named == set(ACTS)
    behind = re.findall(r"siege ((?:`[^`:]+`(?:, )?)+)", page.split("## Faults")[1])
    tried = {name for names in behind for name in re.findall(r"`([^`]+)`", names)}
    assert tried <= set(ACTS) | set(FAULTS)
