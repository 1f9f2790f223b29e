"""What stored second factors hold, in the form in which allauth stores them."""

from __future__ import annotations

from typing import Any

from fido2.utils import websafe_encode

SECRET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def passkey(name: str = "Phone") -> dict[str, Any]:
    """The data of a passkey whose parts have the form of those of a browser."""
    part = websafe_encode(b"as a browser sends it")
    response = {"clientDataJSON": part, "attestationObject": part}
    credential = {"id": part, "rawId": part, "response": response}
    return {"name": name, "credential": {**credential, "type": "public-key"}}
