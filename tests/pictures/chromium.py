"""What Chromium makes of a picture: its size and its pixels, or nothing."""

from __future__ import annotations

import base64
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.pictures.ours import REACH, distance, seen

LOOK = """async ([media, text]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], {type: media}));
  const image = new Image();
  image.src = url;
  try { await image.decode(); } catch { return null; }
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.drawImage(image, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let out = "";
  for (const value of data) out += String.fromCharCode(value);
  return [canvas.width, canvas.height, btoa(out)];
}"""


def shown(page: Page, kind: str, data: bytes) -> Image.Image | None:
    """The picture as RGBA; None where the browser shows nothing."""
    found = page.evaluate(
        LOOK, [f"image/{kind.lower()}", base64.b64encode(data).decode()]
    )
    if found is None:
        return None
    width, height, pixels = found
    return Image.frombytes("RGBA", (width, height), base64.b64decode(pixels))


def disagreements(
    page: Page, path: Path, kind: str, pictures: dict[str, bytes]
) -> dict[str, str]:
    """Which pictures of a family we see otherwise than the browser, and how."""
    found = {name: disagreement(page, path, kind, pictures[name]) for name in pictures}
    return {name: how for name, how in found.items() if how}


def disagreement(page: Page, path: Path, kind: str, data: bytes) -> str:
    """How we see the picture otherwise; empty if both show the same, and all of it."""
    expected, found = shown(page, kind, data), seen(path, kind, data)
    if expected is None or found is None:
        return f"shown by Chromium: {expected}, by us: {found}"
    far = distance(found, expected)
    return f"{far} steps apart" if far > REACH else ""
