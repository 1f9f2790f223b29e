"""Counting and drawing need Python alone: no Django, nothing that is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings

PURE = ["submissions/judging/counting/*.py", "mycenas/core/draws/drawing.py"]


def test_every_module_is_imported_without_installed_packages():
    paths = [path for place in PURE for path in Path(settings.BASE_DIR).glob(place)]
    names = [
        ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
        for path in paths
        if path.stem != "__init__"
    ]
    assert len(names) > 10
    code = f"import sys; sys.path.insert(0, {str(settings.BASE_DIR)!r})\n"
    code += "".join(f"import {name}\n" for name in names)
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
