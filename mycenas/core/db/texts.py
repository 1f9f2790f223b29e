"""What guards of reasons, names and titles keep; their migrations write them out."""

from __future__ import annotations

GUARD = "The reasons and names of these rows have a character that can be seen."
