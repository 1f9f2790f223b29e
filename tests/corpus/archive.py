"""Fetches the archives that `requirements.txt` names, with their hashes checked."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest

from mycenas.imaging.rendering import PROJECT

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
# Outside the repository's files; nothing there is needed again.
CACHE = PROJECT / "var" / "corpus"
PICTURES = "/Tests/images/"


def pictures(into: Path) -> list[Path]:
    """The archive's test pictures, unpacked; skips where there is no package index."""
    with tarfile.open(archive()) as packed:
        found = [
            member
            for member in packed.getmembers()
            if member.isfile() and PICTURES in member.name
        ]
        packed.extractall(into, found, filter="data")
    return sorted(into / member.name for member in found)


def archive() -> Path:
    """The archive as it was pinned; from the cache if it is there already."""
    digest = re.search(r"sha256:([0-9a-f]{64})", REQUIREMENTS.read_text())
    assert digest is not None
    kept = CACHE / digest[1]
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            fetched(Path(folder)).rename(kept)
    with kept.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest[1]
    return kept


def fetched(folder: Path) -> Path:
    """Ask the package index; only what the archive itself needs comes as wheels."""
    command = (
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
        "--no-binary", "pillow", "--require-hashes", "--disable-pip-version-check",
        "--retries", "1", "--timeout", "10",
        "--dest", str(folder), "--requirement", str(REQUIREMENTS),
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if "do not match the hashes" in done.stderr.lower():
        pytest.fail(done.stderr)
    if done.returncode:
        pytest.skip(f"the archive cannot be had: {done.stderr.strip()[-300:]}")
    (path,) = folder.iterdir()
    return path
