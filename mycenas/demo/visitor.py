"""A visitor with cookies, who uses the site as a browser without scripts would."""

from __future__ import annotations

import json
import re
import secrets
import time
from http.client import HTTPException
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

PATIENCE_SECONDS = 180.0
TIMEOUT_SECONDS = 60.0


class SiteRefused(Exception):
    """The site did not take what the visitor sent."""


class Visitor:
    """Signs in and enters works over HTTP."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._cookies = CookieJar()
        self._open = build_opener(HTTPCookieProcessor(self._cookies)).open

    def sign_in(self, email: str, password: str) -> None:
        """Sign in through the ordinary form."""
        form = {"login": email, "password": password, **self._token("/accounts/login/")}
        page = self._send("/accounts/login/", urlencode(form).encode(), FORM)
        if "sessionid" not in {cookie.name for cookie in self._cookies}:
            raise SiteRefused(f"{email} could not sign in: {page[:200]!r}")

    def enter(self, slug: str, fields: dict[str, str], name: str, data: bytes) -> str:
        """Enter one work; returns the receipt's token."""
        address = f"/competitions/{slug}/enter/"
        body, kind = multipart({**fields, **self._token(address)}, name, data)
        answer = json.loads(self._send(address, body, kind, accept=JSON))
        token: str = answer["token"]
        return token

    def wait_until_processed(self, token: str) -> str:
        """Ask for the receipt until the worker is done; returns the state."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            answer = json.loads(
                self._send(f"/receipts/{token}/", None, None, accept=JSON)
            )
            state: str = answer["state"]
            if state not in ("received", "processing"):
                return state
            time.sleep(0.5)
        raise SiteRefused(
            f"Entry {token} was not processed in {PATIENCE_SECONDS:.0f} s."
        )

    def _token(self, address: str) -> dict[str, str]:
        page = self._send(address, None, None).decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if not found:
            raise SiteRefused(f"There is no form at {address}.")
        return {"csrfmiddlewaretoken": found[1]}

    def _send(
        self,
        address: str,
        body: bytes | None,
        kind: str | None,
        accept: str = "text/html",
    ) -> bytes:
        headers = {"Accept": accept, "Referer": self.base_url + address}
        if kind:
            headers["Content-Type"] = kind
        request = Request(self.base_url + address, data=body, headers=headers)  # noqa: S310  our own site
        try:
            with self._open(request, timeout=TIMEOUT_SECONDS) as response:
                content: bytes = response.read()
        except HTTPError as error:
            raise SiteRefused(
                f"{address}: {error.code} {error.read()[:300]!r}"
            ) from error
        except HTTPException as error:
            raise SiteRefused(f"{address}: the answer broke off.") from error
        return content


FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def multipart(fields: dict[str, Any], name: str, data: bytes) -> tuple[bytes, str]:
    """A multipart/form-data body with its file last, and its content type."""
    boundary = secrets.token_hex(16)
    parts = [
        f"--{boundary}\r\nContent-Disposition: form-data; "
        f'name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    body = (
        "".join(parts).encode()
        + head.encode()
        + data
        + f"\r\n--{boundary}--\r\n".encode()
    )
    return body, f"multipart/form-data; boundary={boundary}"
