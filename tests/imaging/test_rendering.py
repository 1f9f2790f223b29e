"""What `render` promises: facts, renditions, refusals, and an untouched original."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from mycenas.imaging.formats import accepts
from mycenas.imaging.rendering import (
    SENTENCES,
    WIDTHS,
    DecoderDied,
    DecoderLimits,
    RenderedImage,
    UnreadableImage,
    render,
)
from tests.camera import photograph

MARKER = b"PLANTED-MARKER"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def png_header(width: int, height: int) -> bytes:
    return png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def render_bytes(
    folder: Path, data: bytes, limits: DecoderLimits | None = None
) -> RenderedImage:
    original = folder / "original"
    original.write_bytes(data)
    return render(original, folder / "renditions", limits=limits)


def fault_of(folder: Path, data: bytes) -> UnreadableImage:
    with pytest.raises(UnreadableImage) as caught:
        render_bytes(folder, data)
    return caught.value


def opened(picture: RenderedImage) -> Image.Image:
    """The widest rendition."""
    return Image.open(picture.renditions[0].path)


def pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    """The channels of one pixel of a picture with more than one."""
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return found


def near(color: tuple[int, ...], expected: tuple[int, ...], reach: int = 8) -> bool:
    return all(abs(a - b) <= reach for a, b in zip(color, expected, strict=True))


def test_accepts_goes_by_the_first_bytes():
    image = Image.new("RGB", (2, 2))
    kinds = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
    assert {kind: accepts(encode(image, kind)[:12]) for kind in kinds} == kinds
    others = [b"", b"GIF89a", b"RIFF\0\0\0\0WAVE", b"<html>", b"\xff\xd8", b"%PDF-1.7"]
    assert [accepts(head) for head in others] == [None] * len(others)


def test_photograph_yields_facts_and_three_renditions(tmp_path):
    picture = render_bytes(tmp_path, photograph(1, size=(2400, 1600)))
    assert picture.media_type == "image/jpeg"
    assert (picture.width, picture.height) == (2400, 1600)
    sizes = [(r.width_class, r.width, r.height) for r in picture.renditions]
    assert sizes == [(1920, 1920, 1280), (960, 960, 640), (320, 320, 213)]
    for rendition in picture.renditions:
        with Image.open(rendition.path) as image:
            image.load()
            assert image.format == "WEBP"
            assert image.size == (rendition.width, rendition.height)
        assert rendition.size == rendition.path.stat().st_size


def test_original_stays_untouched(tmp_path):
    data = photograph(2, size=(400, 300))
    original = tmp_path / "original.jpg"
    original.write_bytes(data)
    original.chmod(0o444)
    before = original.stat()
    render(original, tmp_path / "renditions")
    after = original.stat()
    assert original.read_bytes() == data
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_same_bytes_give_same_renditions(tmp_path):
    data = photograph(3, size=(500, 400))
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    one, two = render_bytes(first, data), render_bytes(second, data)
    assert one.dhash == two.dhash
    for left, right in zip(one.renditions, two.renditions, strict=True):
        assert left.path.read_bytes() == right.path.read_bytes()


def test_hash_is_near_for_a_smaller_copy_and_far_for_another(tmp_path):
    data = photograph(4, size=(1200, 900))
    copy = encode(Image.open(io.BytesIO(data)).resize((600, 450)), "PNG")
    hashes = [
        render_bytes(tmp_path, content).dhash
        for content in (data, copy, photograph(5, size=(1200, 900)))
    ]
    original, smaller, other = (value & (2**64 - 1) for value in hashes)
    assert all(-(2**63) <= value < 2**63 for value in hashes)
    assert (original ^ smaller).bit_count() <= 2
    assert (original ^ other).bit_count() > 10


@pytest.mark.parametrize("orientation", [1, 2, 6])
def test_orientation_is_applied(tmp_path, orientation):
    """As a file; every number is compared with Chromium in `tests/pictures`."""
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste((200, 0, 0), (0, 0, 30, 20))
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        6: Image.Transpose.ROTATE_90,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(stored, "JPEG", exif=exif, quality=95)
    picture = render_bytes(tmp_path, data)
    assert (picture.width, picture.height) == (60, 40)
    shown = opened(picture).convert("RGB")
    assert near(pixel(shown, (8, 8)), (200, 0, 0), 30)
    corners = [pixel(shown, at) for at in ((50, 8), (8, 32), (50, 32))]
    assert all(min(corner) > 225 for corner in corners)


def test_big_turned_photograph_keeps_to_the_width(tmp_path):
    data = photograph(6, size=(2600, 2000), orientation=6)
    picture = render_bytes(tmp_path, data)
    assert (picture.width, picture.height) == (2000, 2600)
    sizes = [(r.width, r.height) for r in picture.renditions]
    assert sizes == [(1920, 2496), (960, 1248), (320, 416)]


def marked_files() -> dict[str, bytes]:
    image = Image.new("RGB", (64, 48), (90, 120, 60))
    exif = Image.Exif()
    exif[0x010E] = MARKER.decode()
    exif.get_ifd(0x8825)[29] = MARKER.decode()
    xmp = b"<x:xmpmeta>" + MARKER + b"</x:xmpmeta>"
    text = PngInfo()
    text.add_text("Comment", MARKER.decode())
    text.add_itxt("XML:com.adobe.xmp", MARKER.decode(), zip=True)
    text.add_text("Author", MARKER.decode(), zip=True)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB built-in".encode("utf-16-be"), MARKER + b"-" * 12)
    assert MARKER in profile
    jpeg = encode(image, "JPEG", exif=exif, xmp=xmp, comment=MARKER)
    small = thumbnail_notes()
    iptc = b"\xff\xed" + struct.pack(">H", 2 + len(MARKER)) + MARKER
    return {
        "jpeg": jpeg[:2] + iptc + jpeg[2:] + b"<script>" + MARKER,
        "png": encode(image, "PNG", exif=exif, pnginfo=text) + MARKER,
        "webp": encode(image, "WEBP", exif=exif, xmp=xmp),
        "srgb profile": encode(image, "JPEG", icc_profile=profile),
        "jpeg thumbnail": encode(image, "JPEG", exif=small),
        "png thumbnail": encode(image, "PNG", exif=small),
        "webp thumbnail": encode(image, "WEBP", exif=small),
    }


def thumbnail_notes() -> bytes:
    """EXIF whose second folder holds a small JPEG, as cameras write it."""
    picture = encode(Image.new("RGB", (16, 12), "red"), "JPEG", comment=MARKER)
    first = struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 1, 0, 26)
    place = struct.pack("<HHII", 0x0201, 4, 1, 26 + 30)
    length = struct.pack("<HHII", 0x0202, 4, 1, len(picture))
    second = struct.pack("<H", 2) + place + length + bytes(4)
    return b"Exif\0\0II*\0\x08\0\0\0" + first + second + picture


MARKED = (
    "jpeg", "png", "webp", "srgb profile",
    "jpeg thumbnail", "png thumbnail", "webp thumbnail",
)  # fmt: skip


@pytest.mark.parametrize("kind", MARKED)
def test_renditions_carry_no_planted_marker(tmp_path, kind):
    data = marked_files()[kind]
    assert MARKER in data
    for rendition in render_bytes(tmp_path, data).renditions:
        content = rendition.path.read_bytes()
        assert MARKER not in content
        assert MARKER.decode().encode("utf-16-be") not in content
        assert b"EXIF" not in content
        assert b"XMP " not in content


def test_camera_notes_are_gone(tmp_path):
    picture = render_bytes(tmp_path, photograph(7, size=(300, 200)))
    for rendition in picture.renditions:
        content = rendition.path.read_bytes()
        assert not [
            word for word in (b"SERIAL", b"Mycenas", b"2026") if word in content
        ]
        with Image.open(rendition.path) as image:
            assert not image.getexif()


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (300, 20_000)])
def test_small_and_long_pictures_keep_every_class(tmp_path, size):
    picture = render_bytes(tmp_path, encode(Image.new("L", size, 77), "PNG"))
    assert (picture.width, picture.height) == size
    assert [r.width_class for r in picture.renditions] == list(WIDTHS)
    for rendition in picture.renditions:
        assert 1 <= rendition.width <= min(size[0], rendition.width_class)
        assert 1 <= rendition.height <= min(size[1], 16_383)


def test_panorama(tmp_path):
    data = encode(Image.new("RGB", (1_000_000, 2), "teal"), "PNG")
    sizes = [(r.width, r.height) for r in render_bytes(tmp_path, data).renditions]
    assert sizes == [(1920, 1), (960, 1), (320, 1)]


def test_phone_picture_of_several_parts_is_a_still(tmp_path):
    image = Image.new("RGB", (80, 60), "green")
    data = encode(image, "MPO", save_all=True, append_images=[image])
    assert render_bytes(tmp_path, data).media_type == "image/jpeg"


def test_name_means_nothing(tmp_path):
    original = tmp_path / "picture.jpg"
    original.write_bytes(encode(Image.new("RGB", (8, 8)), "PNG"))
    assert render(original, tmp_path / "out").media_type == "image/png"


def animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "green", "blue")]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html><script>alert(1)</script></html>", id="html"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(encode(Image.new("RGB", (9, 9)), "GIF"), id="gif"),
        pytest.param(encode(Image.new("RGB", (9, 9)), "TIFF"), id="tiff"),
    ],
)
def test_other_files_are_not_pictures(tmp_path, data):
    fault = fault_of(tmp_path, data)
    assert fault.code == "not_a_picture"
    assert "JPEG, PNG or WebP" in fault.sentence


@pytest.mark.parametrize("share", [0.001, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_cut_off_pictures_are_damaged(tmp_path, kind, share):
    whole = photograph(8, size=(320, 240))
    if kind != "JPEG":
        whole = encode(Image.open(io.BytesIO(whole)).convert("RGB"), kind)
    part = whole[: max(12, int(len(whole) * share))]
    assert fault_of(tmp_path, part).code == "damaged"


def test_png_pixels_that_cannot_be_unpacked_are_damage(tmp_path):
    data = bytearray(encode(Image.effect_noise((64, 64), 50), "PNG"))
    data[data.index(b"IDAT") + 4] ^= 0xFF
    assert fault_of(tmp_path, bytes(data)).code == "damaged"


def test_picture_without_pixels(tmp_path):
    data = PNG_SIGNATURE + png_header(0, 0) + png_chunk(b"IEND", b"")
    fault = fault_of(tmp_path, data)
    assert fault.code == "empty_picture"
    assert fault.parameters == {"width": 0, "height": 0}


def png_bomb() -> bytes:
    line = bytes(1 + 3 * 30_000)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(line) for _ in range(300)) + packer.flush()
    header = png_header(30_000, 30_000)
    return PNG_SIGNATURE + header + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def webp_bomb() -> bytes:
    data = bytearray(encode(Image.new("RGBA", (8, 8), (1, 2, 3, 4)), "WEBP"))
    assert data[12:16] == b"VP8X"
    data[24:30] = (16_382).to_bytes(3, "little") * 2
    return bytes(data)


@pytest.mark.parametrize(
    ("bomb", "side"), [(png_bomb(), 30_000), (webp_bomb(), 16_383)]
)
def test_bombs_are_refused_by_their_header(tmp_path, bomb, side):
    fault = fault_of(tmp_path, bomb)
    assert fault.code == "too_many_pixels"
    assert fault.parameters == {
        "width": side,
        "height": side,
        "pixels": side * side,
        "limit": 100_000_000,
    }
    assert str(side * side) in fault.sentence


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("WEBP", {})],
)
def test_pixel_limit_is_exact(tmp_path, kind, options):
    data = encode(Image.new("RGB", (50, 40), "navy"), kind, **options)
    render_bytes(tmp_path, data, limits=DecoderLimits(max_pixels=2000))
    with pytest.raises(UnreadableImage) as caught:
        render_bytes(tmp_path, data, limits=DecoderLimits(max_pixels=1999))
    assert caught.value.parameters["pixels"] == 2000


@pytest.mark.parametrize(("kind", "turn"), [("PNG", 1), ("JPEG", 1), ("JPEG", 6)])
def test_the_limit_of_height_is_exact_and_of_the_shown_picture(tmp_path, kind, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    for height, is_refused in ((60, False), (61, True)):
        size = (20, height) if turn == 1 else (height, 20)
        data = encode(Image.new("RGB", size), kind, exif=exif)
        limits = DecoderLimits(tallest=3)
        if is_refused:
            with pytest.raises(UnreadableImage, match="at most 3 times as tall"):
                render_bytes(tmp_path, data, limits=limits)
        else:
            assert render_bytes(tmp_path, data, limits=limits).height == height
    # Other sides may be as long as they are, and entries as tall.
    render_bytes(tmp_path, encode(Image.new("RGB", (900, 2)), "PNG"), limits=limits)
    render_bytes(tmp_path, encode(Image.new("RGB", (2, 900)), "PNG"))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animations_are_refused_not_cut(tmp_path, kind):
    fault = fault_of(tmp_path, animation(kind))
    assert (fault.code, fault.parameters) == ("animated", {"frames": 3})
    assert "3 frames" in fault.sentence


def test_every_fault_says_what_to_do():
    for code, sentence in SENTENCES.items():
        parameters = dict.fromkeys(("width", "height", "pixels", "limit", "frames"), 7)
        assert UnreadableImage(code, parameters).sentence
        assert sentence.count(". ") == 1, code


def slow_picture() -> bytes:
    """Noise that takes the encoder of the renditions seconds, not the decoder."""
    noise = Image.frombytes("L", (1920, 16_000), Random(1).randbytes(1920 * 16_000))
    return encode(noise, "PNG", compress_level=0)


def test_memory_limit_kills_the_decoder(tmp_path):
    data = encode(Image.new("RGB", (9000, 9000)), "PNG", compress_level=1)
    with pytest.raises(DecoderDied, match="MemoryError"):
        render_bytes(tmp_path, data, limits=DecoderLimits(memory_bytes=256 * 1024**2))


def test_processor_limit_kills_the_decoder(tmp_path):
    with pytest.raises(DecoderDied, match="SIGXCPU"):
        render_bytes(tmp_path, slow_picture(), limits=DecoderLimits(cpu_seconds=1))


def test_wall_clock_kills_the_decoder(tmp_path):
    with pytest.raises(DecoderDied, match="more than 0 seconds"):
        render_bytes(tmp_path, photograph(9), limits=DecoderLimits(wall_seconds=0))


def test_open_files_limit_is_set(tmp_path):
    with pytest.raises(DecoderDied):
        render_bytes(tmp_path, photograph(9), limits=DecoderLimits(open_files=3))


def test_full_folder_is_not_the_fault_of_the_picture(tmp_path):
    (tmp_path / "renditions" / "1920.webp").mkdir(parents=True)
    with pytest.raises(DecoderDied, match="IsADirectoryError"):
        render_bytes(tmp_path, photograph(9, size=(90, 60)))


def test_missing_original_is_an_error_of_the_machine(tmp_path):
    with pytest.raises(FileNotFoundError):
        render(tmp_path / "nowhere", tmp_path / "out")
