"""The site. A process that imports it knows its secrets, and lets no other look in."""

from __future__ import annotations

from mycenas.inspection import refuse_inspection

refuse_inspection()
