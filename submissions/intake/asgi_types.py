"""The shapes that ASGI servers and applications exchange."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Raw names (lower case) and values.
HeaderList = list[tuple[bytes, bytes]]
