"""Reading the cells of a CSV file as docs/exports.md says."""

from __future__ import annotations

import re

from mycenas.staff.exports.cells import BEFORE, FORMULA

OURS = re.compile(f"'[{re.escape(BEFORE)}]*[{re.escape(FORMULA)}]")


def read_back(cell: str) -> str:
    """The text of a cell: an apostrophe before a formula is ours.

    A reference may begin with a minus, as a formula does.
    """
    return cell[1:] if OURS.match(cell) else cell
