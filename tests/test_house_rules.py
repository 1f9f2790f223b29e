"""What the house agreed on, checked by reading the code."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("competitions", "submissions", "campaigns", "interactions")
CODE = sorted(
    path
    for app in ("mycenas", *APPS)
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(parsed(path)))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def offenders(paths: list[Path], fault: Callable[[Path], Any]) -> dict[str, Any]:
    """The files with a fault, and what it is."""
    found = {named(path): fault(path) for path in paths}
    return {name: what for name, what in found.items() if what}


# --- states


def assigns_state(path: Path) -> list[int]:
    """Lines where an attribute called ``state`` is written."""
    lines = []
    for node in nodes(path):
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        if not isinstance(node, ast.Assign | ast.AugAssign):
            continue
        lines += [
            node.lineno
            for target in targets
            if isinstance(target, ast.Attribute) and target.attr == "state"
        ]
    return lines


def updates_state(path: Path) -> list[int]:
    """Lines where ``update(state=…)`` or a sibling is called."""
    writers = {"change", "update", "bulk_update", "update_or_create"}
    return [
        node.lineno
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in writers
        and any(keyword.arg == "state" for keyword in node.keywords)
    ]


def test_only_move_changes_a_state():
    home = ROOT / "mycenas" / "core" / "models.py"
    assert len(updates_state(home)) == 1
    others = [path for path in CODE if path != home]
    found = offenders(others, lambda path: assigns_state(path) + updates_state(path))
    assert found == {}


def test_the_search_for_assignments_finds_them(tmp_path):
    file = tmp_path / "careless.py"
    file.write_text("row.state = 'open'\nrows.update(state='open')\n")
    assert (assigns_state(file), updates_state(file)) == ([1], [2])


# --- pages

INLINE = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    # A block of JSON is data: browsers do not run it.
    "a script without source": re.compile(
        r"<script\b(?![^>]*\b(?:src=|type=.application/json))", re.IGNORECASE
    ),
    "a foreign host": re.compile(r"(?:src|href)=[\"']https?://", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
}


def inline_code(path: Path) -> list[str]:
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text())
    return [what for what, pattern in INLINE.items() if pattern.search(text)]


def test_no_style_depends_on_the_orientation_of_a_device():
    """So no page can be locked to one; axe would need every style sheet again."""
    sheets = [
        path for path in (ROOT / "static").rglob("*.css") if "vendor" not in path.parts
    ]
    assert sheets
    assert offenders(sheets, lambda path: "orientation" in path.read_text()) == {}


def test_pages_carry_no_inline_code():
    assert offenders(TEMPLATES, inline_code) == {}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<p style="color: red">', "an inline style"),
        ("<a onclick='x()'>", "an inline handler"),
        ("<script>x()</script>", "a script without source"),
    ],
)
def test_the_search_for_inline_code_finds_it(text, what):
    assert INLINE[what].search(text)


# --- layers of templates

SHARED = {"core"}
LOWER = {
    "competitions": {"competitions"},
    "submissions": {"competitions", "submissions"},
    "campaigns": {"competitions", "submissions", "campaigns"},
    "interactions": {"competitions", "submissions", "interactions"},
    "judging": {"competitions", "submissions", "judging"},
    "pages": {*APPS, "pages"},
    "admin": {"admin", "staff", "exports"},
}
LIBRARIES = {
    path.stem: path.parent.parent.name
    for path in CODE
    if path.parent.name == "templatetags"
}


def reaches_up(path: Path, text: str) -> list[str]:
    """The tag libraries and templates of higher layers that a template uses."""
    app = path.relative_to(ROOT / "templates").parts[0]
    loads = re.findall(r"{% load ([^%]*?)(?: from [^%]*)?%}", text)
    libraries = [name for names in loads for name in names.split()]
    used = [(name, LIBRARIES[name]) for name in libraries if name in LIBRARIES]
    names = re.findall(r"{% (?:include|extends|fixed) \"([^\"]+)\"", text)
    used += [(name, part) for name in names if (part := name.split("/")[0]) in LOWER]
    return [name for name, owner in used if owner not in LOWER.get(app, set()) | SHARED]


def test_templates_use_tags_and_templates_of_lower_layers_only():
    assert set(LIBRARIES.values()) >= {"core", "submissions", "campaigns"}
    assert offenders(TEMPLATES, lambda path: reaches_up(path, path.read_text())) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{% load i18n entries ui %}", ["entries"]),
        ('{% include "pages/_facts.html" with a=1 %}', ["pages/_facts.html"]),
        ('{% extends "base.html" %}{% include "competitions/_card.html" %}', []),
    ],
)
def test_the_search_for_higher_layers_finds_them(text, found):
    path = ROOT / "templates" / "competitions" / "careless.html"
    assert reaches_up(path, text) == found


# --- shape

NAMES = {
    "__init__", "access", "admin", "apps", "artists", "charts", "checklist",
    "constraints", "copying", "counting", "dashboard", "effects", "exports", "forms",
    "imports", "lists", "mails", "markdown", "models", "pictures", "public", "signals",
    "states", "timeline", "urls", "verbs", "views", "workflow", "zones",
}  # fmt: skip
# What every app has, and what it has as soon as it needs it.
ALWAYS = {"__init__", "apps", "models", "urls", "views", "workflow"}


@pytest.mark.parametrize("app", APPS)
def test_every_app_has_files_of_the_same_names(app):
    found = {path.stem for path in (ROOT / app).glob("*.py")}
    assert found <= NAMES
    folders = [path for path in (ROOT / app).iterdir() if path.is_dir()]
    packages = {path.name for path in folders if path.name in NAMES}
    parts = {
        name
        for name in ("views", "workflow")
        if any((path / f"{name}.py").exists() for path in folders)
    }
    has = found | packages | parts
    assert has >= ALWAYS


@pytest.mark.parametrize("app", APPS)
def test_an_app_with_states_declares_its_machine_apart(app):
    has_states = (ROOT / app / "states.py").exists()
    models = [*(ROOT / app).glob("models.py"), *(ROOT / app).glob("models/*.py")]
    uses_machine = any("Stateful" in path.read_text() for path in models)
    assert has_states is uses_machine


@pytest.mark.parametrize("app", APPS)
def test_every_app_explains_itself(app):
    assert (ROOT / app / "README.md").exists()


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def excess(budget: int) -> Callable[[Path], int]:
    """How many lines a file has beyond its budget."""
    return lambda path: max(0, lines_of(path) - budget)


def test_files_stay_small():
    partials = [path for path in TEMPLATES if path.name.startswith("_")]
    pages = [path for path in TEMPLATES if path not in partials]
    assert offenders(CODE, excess(300)) == {}
    assert offenders(TESTS, excess(500)) == {}
    assert offenders(pages, excess(120)) == {}
    assert offenders(partials, excess(60)) == {}


# --- calls upwards


def names_a_function(path: Path) -> list[int]:
    """Lines that resolve a dotted path at run time; a registry is what to use."""
    return [
        node.lineno
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom)
        and any(
            alias.name in ("import_string", "import_module") for alias in node.names
        )
    ]


def test_nothing_is_called_by_a_dotted_path():
    assert offenders(CODE, names_a_function) == {}


# --- names


def shared_classes(paths: list[Path]) -> dict[str, list[str]]:
    """Public classes of one name in several files; Django asks for each `Command`."""
    files: dict[str, list[str]] = {}
    for path in paths:
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files.setdefault(node.name, []).append(path.name)
    return {
        name: found
        for name, found in files.items()
        if len(found) > 1 and name != "Command"
    }


# What a reader of one upload passes.
UPLOAD_PATH = (
    "mycenas/serving", "mycenas/storage", "mycenas/uploads", "submissions/intake",
    "submissions/models",
)  # fmt: skip


def test_each_class_of_the_upload_path_has_a_name_of_its_own():
    paths = [path for path in CODE if named(path).startswith(UPLOAD_PATH)]
    assert len(paths) > 40
    assert shared_classes(paths) == {}


def test_the_search_for_shared_names_finds_them(tmp_path):
    for name in ("one", "two"):
        text = "class Line: pass\nclass _Line: pass\nclass Command: pass\n"
        (tmp_path / f"{name}.py").write_text(text)
    found = shared_classes(sorted(tmp_path.iterdir()))
    assert found == {"Line": ["one.py", "two.py"]}


# --- stored bytes

STORAGE = ROOT / "mycenas" / "storage"
# The embedded servers and the demo have files of their own, none of the site's.
SITE = [
    path
    for path in CODE
    if not {"embedded", "demo", "sandbox"} & set(path.parts)
    and STORAGE not in path.parents
]
DURABLE = {
    "os": {
        "fdatasync", "fsync", "ftruncate", "link", "open", "pwrite", "rename",
        "renames", "replace", "symlink", "sync", "truncate", "write",
    },
    "shutil": {"copy", "copy2", "copyfile", "copyfileobj", "copytree", "move"},
}  # fmt: skip
RENAMING = {"hardlink_to", "rename", "symlink_to"}
CLIENTS = {"boto3", "botocore", "storages"}


def handles_bytes(path: Path) -> list[str]:
    """Calls that make a name or bytes last; ``replace`` of one thing is a path's."""
    found = []
    for node in nodes(path):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, getattr(node.func.value, "id", "")
        renames_a_path = name == "replace" and len(node.args) == 1 and not node.keywords
        if name in DURABLE.get(owner, ()) or name in RENAMING or renames_a_path:
            found.append(f"{node.lineno}: {owner}.{name}")
    return found


def knows_stored_paths(path: Path) -> list[str]:
    """Imports of the storage's modules, and the names of its folders."""
    found = []
    for node in nodes(path):
        if isinstance(node, ast.Constant) and node.value in ("originals", "staging"):
            found.append(str(node.value))
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        found += [
            module
            for module in modules
            if module.startswith("mycenas.storage.")
            or module.partition(".")[0] in CLIENTS
        ]
    return found


def test_only_the_storage_makes_bytes_last():
    """Nothing else opens, links, renames or syncs what is kept."""
    found = offenders(SITE, handles_bytes)
    # An audit's note of how far it is may be lost; it is no file of the site.
    assert set(found) == {"submissions/inventory/progress.py"}
    assert len(found["submissions/inventory/progress.py"]) == 1


def test_only_the_storage_knows_where_bytes_are():
    assert offenders(SITE, knows_stored_paths) == {}


def test_inside_the_storage_one_file_does_the_durable_steps():
    paths = sorted(STORAGE.glob("*.py"))
    assert set(offenders(paths, handles_bytes)) == {"mycenas/storage/files.py"}


def test_the_search_for_handled_bytes_finds_them(tmp_path):
    file = tmp_path / "careless.py"
    file.write_text(
        "import boto3\n"
        "from mycenas.storage.disk import DiskBackend\n"
        "os.rename(a, b)\n"
        "(folder / 'originals' / name).replace(target)\n"
        "text.replace('a', 'b')\n"
    )
    assert handles_bytes(file) == ["3: os.rename", "4: .replace"]
    assert sorted(knows_stored_paths(file)) == [
        "boto3", "mycenas.storage.disk", "originals",
    ]  # fmt: skip
