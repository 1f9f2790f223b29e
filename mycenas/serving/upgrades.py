"""uvicorn's HTTP protocol without any other protocol on its connections.

A request may offer another protocol (RFC 9110 section 7.8), which a server may ignore.
Java's client offers HTTP/2 with each request. httptools takes what follows the head of
such a request for the other protocol, so that the request has no body.
"""

from __future__ import annotations

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OneProtocol(HttpToolsProtocol):
    """Parses a head that offers another protocol again, without the offer."""

    # The parser is fed a head whose request has begun.
    _knows_head = False

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            while data:
                data = self._parse(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def on_message_begin(self) -> None:
        if not self._knows_head:
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._knows_head:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._knows_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self._knows_head:
            super().on_headers_complete()

    @property
    def has_offer(self) -> bool:
        """Whether the parser leaves the body of this request alone."""
        return bool(self.parser.should_upgrade())

    def _should_upgrade(self) -> bool:
        return False

    def _parse(self, data: bytes) -> bytes:
        """Parse; return what follows a head that has an offer."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._parse_head_again()
            return data[offer.args[0] :]
        return b""

    def _parse_head_again(self) -> None:
        lines = [b"%b: %b" % line for line in self.headers if line[0] != b"upgrade"]
        # The method does not decide what is a body.
        start = b"POST / HTTP/" + self.parser.get_http_version().encode()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._knows_head = True
        try:
            self.parser.feed_data(b"\r\n".join([start, *lines, b"", b""]))
        finally:
            self._knows_head = False
