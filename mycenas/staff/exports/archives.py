"""Stored originals as one ZIP, written in one pass and in constant memory.

The files are stored as they are, since pictures are compressed already. `SUMS` lists
the SHA-256 of all files as they were acknowledged: ``sha256sum -c`` checks them all.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from mycenas.staff.exports.output import Output
from mycenas.storage import store

SUMS, PROBLEMS = "SHA256SUMS", "PROBLEMS.txt"
BLOCK = 256 * 1024
# The first moment that a ZIP can name: the same originals give the same file.
MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Member:
    """An original, and its name in the archive, which says nothing of its artist."""

    name: str
    original: str
    sha256: str
    size: int


def write_archive(output: Output, members: Iterable[Member]) -> None:
    """Write the archive; files that are missing or damaged are listed in it.

    Raises ``StorageFailed`` if the storage does not answer.
    """
    sums, problems = [], []
    # An output cannot seek, so sizes and checksums follow each file.
    with zipfile.ZipFile(cast("IO[bytes]", output), "w") as archive:
        for member in members:
            sums.append(f"{member.sha256}  {member.name}\n")
            if problem := _add(archive, member):
                problems.append(f"{member.name}: {problem}\n")
            output.rows += 1
        write_text(archive, SUMS, "".join(sums))
        if problems:
            write_text(archive, PROBLEMS, "".join(problems))


def _add(archive: zipfile.ZipFile, member: Member) -> str:
    """Copy one file; returns what is wrong with it, or ''."""
    try:
        file = store().open_original(member.original)
    except FileNotFoundError:
        return "The file is missing in the storage."
    about = zipfile.ZipInfo(member.name, MOMENT)
    about.file_size = member.size
    found = copy_file(archive, about, file)
    if found != member.sha256:
        return f"The file is not as it was acknowledged: {found}."
    return ""


def copy_file(archive: zipfile.ZipFile, about: zipfile.ZipInfo, file: IO[bytes]) -> str:
    """Copy a file into the archive and close it; returns the SHA-256 of its bytes."""
    digest = hashlib.sha256()
    with file, archive.open(about, "w", force_zip64=True) as target:
        for block in _blocks(file):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def write_text(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name, MOMENT), text)
