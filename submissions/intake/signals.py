"""Headers by which a page tells the door how to go on; they never leave the door."""

from __future__ import annotations

INTERNAL = "X-Mycenas-"

# To "begin": the arrival that the bytes belong to, how many may come, and whether to
# read on to the words without keeping the file.
TICKET = "X-Mycenas-Ticket"
MAX_BYTES = "X-Mycenas-Max-Bytes"
LATER = "X-Mycenas-Later"
# Also for a piece: what it would take of the disk, see `Wish`.
ROOM = "X-Mycenas-Room"

# To an upload in pieces: where its bytes go on, its length, and the name of its part in
# staging.
# Without GO_ON an answer to "begin" is a refusal.
GO_ON = "X-Mycenas-Go-On"
LENGTH = "X-Mycenas-Length"
PART = "X-Mycenas-Part"
