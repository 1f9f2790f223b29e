"""Which addresses belong to the protocol."""

from __future__ import annotations

import re

UPLOADS = "/uploads/"
UPLOAD = re.compile(r"/uploads/([A-Za-z0-9_-]{32})/", re.ASCII)


def is_tus(path: str) -> bool:
    return path.startswith(UPLOADS)
