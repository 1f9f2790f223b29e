"""Decode one picture and write its renditions, as a process of its own.

Started by `pictures.develop`. One JSON request comes as the only argument; one JSON
line leaves on standard output: `{"picture": {...}}`, or `{"unreadable": {...}}` when
the file itself is at fault, and beside it in `refused` the limits that the system does
not know; a request without an original asks for these alone. Anything else (a signal,
another exit code) means that the decoder died, and the parent may try again.
"""

from __future__ import annotations

import json
import sys

from submissions.processing.darkroom.leash import confine, limit


def main() -> None:
    """Load and open what is needed, give up the rest, develop, print one line."""
    request = json.loads(sys.argv[1])
    refused = limit(request["limits"])
    # Loaded late, so that the limits already hold when the decoders come in.
    from submissions.processing.darkroom.developing import answer  # noqa: PLC0415
    from submissions.processing.darkroom.files import files  # noqa: PLC0415

    if "original" not in request:
        said = {"refused": refused + confine()}
    else:
        with files(request) as opened:
            refused += confine()
            said = {**answer(request, opened), "refused": refused}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
