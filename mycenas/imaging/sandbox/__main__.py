"""Decode one image and write its renditions, as a process of its own.

`mycenas.imaging.rendering` starts it. The only argument is a JSON request; the output
is one line of JSON: `{"picture": {...}}`, or `{"unreadable": {...}}` if the file is
invalid, with the limits that the system cannot enforce in `refused`. A request without
an original asks for these alone. After anything else (a signal, another exit code) the
parent may try again.
"""

from __future__ import annotations

import json
import sys

from mycenas.imaging.sandbox.limits import enter_sandbox, limit_resources


def main() -> None:
    """Load the code and open the files, enter the sandbox, decode, print one line."""
    request = json.loads(sys.argv[1])
    refused = limit_resources(request["limits"])
    # Imported after the limits are set, so that they hold while decoders are loaded.
    from mycenas.imaging.sandbox.files import open_files  # noqa: PLC0415
    from mycenas.imaging.sandbox.renditions import result_of  # noqa: PLC0415

    if "original" not in request:
        result = {"refused": refused + enter_sandbox()}
    else:
        with open_files(request) as opened:
            refused += enter_sandbox()
            result = {**result_of(request, opened), "refused": refused}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
