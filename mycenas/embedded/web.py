"""The address that the site is served on."""

from __future__ import annotations

import contextlib
import http.client
import socket
import sys

from mycenas.embedded.terminal import CannotStart

HOST = "127.0.0.1"
FIRST_PORT, HIGHEST_PORT, USUAL_PORT = 1024, 65535, 8001


class Address:
    """A port on the loopback interface that was free when it was asked for."""

    def __init__(self, wanted: str) -> None:
        """`wanted` is a number; 0 takes any free port. Raises `CannotStart`."""
        if not (wanted.isascii() and wanted.isdecimal()) or int(wanted) > HIGHEST_PORT:
            raise CannotStart(
                f"PORT={wanted} is not a port. Give a number: make run PORT=8001"
            )
        self._socket = _bind(int(wanted))
        self.port: int = self._socket.getsockname()[1]
        # Elsewhere than on Linux a bound socket would keep the web server out.
        if sys.platform != "linux":
            self._socket.close()

    @property
    def url(self) -> str:
        """The address for people, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def answers(self, path: str) -> bool:
        """Whether a GET brings any answer but a server error."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        with (
            contextlib.closing(connection),
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            connection.request("GET", path)
            return connection.getresponse().status < 500
        return False


def _bind(port: int) -> socket.socket:
    taken = socket.socket()
    # Connections of an earlier run may still be waiting for their time-out.
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
    except OSError as error:
        taken.close()
        # Ports below 1024 are for root.
        other = port + 1 if FIRST_PORT <= port < HIGHEST_PORT else USUAL_PORT
        raise CannotStart(
            f"Port {port} cannot be used ({error.strerror}). Choose another one:"
            f" make run PORT={other}   (PORT=0 takes any that is free)"
        ) from error
    return taken
