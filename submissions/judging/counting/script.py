"""Makes ``replay.py`` of a method: its modules joined into one file.

The modules import each other with ``from … import name`` alone and share no top-level
name, so that their text can be joined: imports of the site are left out, those of the
standard library move to the top. Definitions that the method does not use are left out.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType

from submissions.judging.counting import queues, replaying

HEAD = '''\
"""Counts a round of Mycenas again, by the method {name}, version {version}.

{method}

Usage: {usage}
Needs Python 3.11 or newer alone; generated from the code that the site counts with.
"""

from __future__ import annotations

'''
QUEUES_HEAD = '''\
"""{queues}

Usage: {usage}
Needs Python 3.11 or newer alone; generated from the code that the site draws with.
"""

from __future__ import annotations

'''
FOOT = """\
if __name__ == "__main__":
    sys.exit({run})
"""
SITE = ("mycenas.", "submissions.")


def replay_script(method: ModuleType) -> str:
    """The text of the program, for Python with its standard library alone."""
    head = HEAD.format(
        name=method.NAME,
        version=method.VERSION,
        method=str(method.__doc__).strip(),
        usage=replaying.USAGE,
    )
    trees = _with_imported(replaying) | _with_imported(method)
    return _joined(head, trees, ["main", "count"], "main(sys.argv[1:], count)")


def queues_script() -> str:
    """The text of the program that draws the orders of jurors again."""
    head = QUEUES_HEAD.format(
        queues=str(queues.__doc__).strip(), usage=queues.QUEUES_USAGE
    )
    return _joined(head, _with_imported(queues), ["main"], "main(sys.argv[1:])")


# A module's name, with its text and its tree.
Trees = dict[str, tuple[str, ast.Module]]


def _joined(head: str, trees: Trees, entries: list[str], run: str) -> str:
    """What the program reaches from its ``entries``, in one file that does ``run``."""
    used = _used(trees, entries)
    imports: dict[str, set[str]] = defaultdict(set)
    bodies = []
    for name, (source, tree) in trees.items():
        for module, names in _standard_imports(tree):
            imports[module] |= names
        bodies.append(f"# --- {name}\n{_body(source, tree, used)}")
    statements = [_statement(one, names) for one, names in sorted(imports.items())]
    return "\n\n".join([head + "\n".join(statements), *bodies, FOOT.format(run=run)])


def _with_imported(module: ModuleType) -> Trees:
    """The module behind those that it imports from, each once."""
    source = inspect.getsource(module)
    tree = ast.parse(source)
    found: Trees = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SITE):
            found |= _with_imported(importlib.import_module(str(node.module)))
    return found | {module.__name__: (source, tree)}


def _standard_imports(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Modules of the standard library, with what is imported from them."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from ((alias.name, set()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith(
            ("__future__", *SITE)
        ):
            yield str(node.module), {alias.name for alias in node.names}


def _statement(module: str, names: set[str]) -> str:
    if not names:
        return f"import {module}"
    return f"from {module} import {', '.join(sorted(names))}"


def _defined(node: ast.stmt) -> set[str]:
    """The names that a top-level statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
        return {one.id for one in names if isinstance(one.ctx, ast.Store)}
    return set()


def _used(trees: Trees, entries: list[str]) -> set[str]:
    """What the program reaches from its entries."""
    needs: dict[str, set[str]] = {}
    for _, tree in trees.values():
        for node in tree.body:
            names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            needs.update(dict.fromkeys(_defined(node), names))
    used: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name in needs and name not in used:
            used.add(name)
            waiting += needs[name]
    return used


def _body(source: str, tree: ast.Module, used: set[str]) -> str:
    """The used definitions with the comments above them."""
    lines = source.splitlines()
    text, last = "", 0
    for node in tree.body:
        if not _defined(node) & used:
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(one.lineno for one in decorators)]) - 1
        while lines[first - 1].startswith("#"):
            first -= 1
        text += "\n" * (1 if first == last else 2) if text else ""
        last = node.end_lineno or first
        text += "\n".join(lines[first:last])
    return text
