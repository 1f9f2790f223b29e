"""What a file says of itself is read of real files, bounded, and fails no file."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from mycenas.imaging.metadata import checked_metadata
from mycenas.imaging.rendering import DecoderDied, parse_result, render
from mycenas.imaging.sandbox.exif import LARGEST, MOST_BLOCKS
from mycenas.imaging.sandbox.facts import FLAGS, LONGEST, MOST_VALUES, TEXTS
from tests.camera import photograph
from tests.imaging.test_rendering import encode, png_chunk

PNG_HEAD = 33
EXIF = b"Exif\0\0"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:s="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:d="http://purl.org/dc/elements/1.1/"'
    ' xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:p="http://ns.adobe.com/photoshop/1.0/"><r:RDF>'
    '<r:Description s:CreatorTool="Krita 5.2" s:CreateDate="2026-05-01T12:00:00+02:00">'
    "<d:creator><r:Seq><r:li>Ada Brushwood</r:li></r:Seq></d:creator>%s"
    "</r:Description></r:RDF></x:xmpmeta>"
)
ARTIFICIAL = (
    "<e:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/"
    "trainedAlgorithmicMedia</e:DigitalSourceType>"
)
SMALL = Image.new("RGB", (8, 8), "teal")


@pytest.fixture
def stated(tmp_path):
    """Send the bytes through the child; what it read of them."""

    def read(data: bytes) -> dict[str, Any]:
        original = tmp_path / "original"
        original.write_bytes(data)
        return render(original, tmp_path / "renditions").metadata

    return read


def jpeg(*segments: tuple[int, bytes], **options: object) -> bytes:
    """A JPEG with these segments right behind its start."""
    data = encode(SMALL, "JPEG", **options)
    parts = (
        b"\xff" + bytes((marker,)) + struct.pack(">H", len(part) + 2) + part
        for marker, part in segments
    )
    return data[:2] + b"".join(parts) + data[2:]


def png(*chunks: tuple[bytes, bytes], behind: bool = False) -> bytes:
    """A PNG with these chunks before its pixels, or behind them."""
    data = encode(SMALL, "PNG")
    place = len(data) - 12 if behind else PNG_HEAD
    return data[:place] + b"".join(png_chunk(*one) for one in chunks) + data[place:]


def exif(**tags: Any) -> bytes:
    found = Image.Exif()
    names = {"make": 0x010F, "model": 0x0110, "software": 0x0131, "artist": 0x013B,
             "copyright": 0x8298, "changed": 0x0132, "description": 0x010E}  # fmt: skip
    for name, value in tags.items():
        found[names[name]] = value
    return found.tobytes()


def resources(*records: tuple[int, bytes]) -> bytes:
    """Photoshop's resources with IPTC records, as a JPEG has them."""
    data = b"".join(
        struct.pack(">BBBH", 0x1C, 2, kind, len(value)) + value
        for kind, value in records
    )
    named = b"8BIM" + struct.pack(">H", 0x0404) + b"\3one"
    return b"Photoshop 3.0\0" + named + struct.pack(">I", len(data)) + data


def test_a_camera_says_what_it_is_and_its_place_is_not_kept(stated):
    facts = stated(photograph(3))
    assert facts["camera"]
    assert facts["created"][0][:2] == "20"
    assert facts["profile"] == ["sRGB built-in"]
    assert facts["place"] is True
    assert facts.keys() <= {"camera", "created", "profile", "place", "software"}


def test_exif_names_program_artist_and_rights(stated):
    said = exif(
        make="Canon", model="Canon EOS R5", software="Darktable 4.6",
        artist="Ada Brushwood", copyright="(c) Ada", changed="2026:05:01 09:30:00",
    )  # fmt: skip
    expected = {
        "camera": ["Canon EOS R5"],
        "software": ["Darktable 4.6"],
        "created": ["2026-05-01 09:30:00"],
        "artist": ["Ada Brushwood"],
        "copyright": ["(c) Ada"],
    }
    for kind in ("JPEG", "WEBP", "PNG"):
        assert stated(encode(SMALL, kind, exif=said)) == expected, kind


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_xmp_names_program_author_and_origin(stated, kind):
    packet = (XMP % ARTIFICIAL).encode()
    data = {
        "JPEG": lambda: jpeg((0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)),
        "PNG": lambda: png(
            (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(packet))
        ),
        "WEBP": lambda: encode(SMALL, "WEBP", xmp=packet),
    }[kind]()
    assert stated(data) == {
        "software": ["Krita 5.2"],
        "created": ["2026-05-01 12:00:00+02:00"],
        "artist": ["Ada Brushwood"],
        "generator": ["trainedAlgorithmicMedia"],
    }


def test_iptc_names_author_and_says_that_there_is_a_place(stated):
    records = ((80, "Zoë".encode()), (55, b"20260501"), (90, b"Nafplio"))
    facts = stated(jpeg((0xED, resources(*records))))
    assert facts == {"artist": ["Zoë"], "created": ["2026-05-01"], "place": True}
    facts = stated(jpeg((0xED, resources((80, "Zoë".encode("latin-1"))))))
    assert facts == {"artist": ["Zoë"]}


def test_the_texts_of_a_png_are_read_before_and_behind_its_pixels(stated):
    chunks = (
        (b"tEXt", b"Software\0GIMP 3"),
        (b"zTXt", b"Author\0\0" + zlib.compress(b"Ada Brushwood")),
        (b"iTXt", b"Copyright\0\0\0en\0\0" + "© Ada".encode()),
        (b"tEXt", b"parameters\0a boat at dusk, Steps: 20, Sampler: Euler"),
    )
    for behind in (False, True):
        facts = stated(png(*chunks, behind=behind))
        assert facts == {
            "software": ["GIMP 3"],
            "artist": ["Ada Brushwood"],
            "copyright": ["© Ada"],
            "generator": [
                "parameters: a boat at dusk, Steps: 20, Sampler: Euler",
            ],
        }


@pytest.mark.parametrize(
    "data",
    [
        jpeg(exif=exif(software="Midjourney 7")),
        jpeg(exif=exif(description="A boat. Made with Google AI")),
        jpeg((0xFE, b"Generated by Stable Diffusion XL")),
        jpeg((0xEB, b"JP\0\1\0\0\0\1jumb c2pa trainedAlgorithmicMedia")),
        png((b"tEXt", b"Dream\0a boat")),
        png((b"caBX", b"jumb c2pa trainedAlgorithmicMedia")),
    ],
)
def test_signs_of_a_generator_are_found(stated, data):
    assert len(stated(data)["generator"]) == 1


def test_the_comment_of_a_generator_is_found_in_both_byte_orders(stated):
    for encoding in ("utf-16-le", "utf-16-be"):
        note = b"UNICODE\0" + "Steps: 9, Sampler: DDIM".encode(encoding)
        found = Image.Exif()
        found.get_ifd(0x8769)[0x9286] = note
        facts = stated(jpeg(exif=found.tobytes()))
        assert facts["generator"] == ["Steps: 9, Sampler: DDIM"]


def test_content_credentials_are_noted(stated):
    assert stated(jpeg((0xEB, b"JP\0\1\0\0\0\1jumb c2pa"))) == {"credentials": True}
    # Other data may stand in such segments.
    assert stated(jpeg((0xEB, b"JP\0\1 a gain map"))) == {}


def test_the_name_of_the_color_profile_is_read(stated):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP"):
        assert stated(encode(SMALL, kind, icc_profile=lab))["profile"] == [
            "sRGB built-in"
        ]
    assert stated(png((b"sRGB", b"\0"))) == {"profile": ["sRGB"]}


def test_characters_that_cannot_be_seen_are_left_out(stated):
    said = "Ada\u202e\u200b \x07Brush\x1bwood\ufeff<b>"
    facts = stated(jpeg((0xED, resources((80, said.encode())))))
    assert facts == {"artist": ["Ada Brushwood<b>"]}
    assert stated(jpeg((0xED, resources((80, "\u202e\u200b".encode()))))) == {}


def test_numbers_and_lengths_are_bounded(stated):
    many = [(b"tEXt", b"Author\0Artist %d " % n + b"x" * 5000) for n in range(400)]
    facts = stated(png(*many))
    assert len(facts["artist"]) == MOST_VALUES
    assert {len(text) for text in facts["artist"]} == {LONGEST}


def packed(keyword: bytes, text: bytes) -> tuple[bytes, bytes]:
    return b"zTXt", keyword + b"\0\0" + zlib.compress(text)


RECORDS = struct.pack(">BBBH", 0x1C, 2, 80, 0) * 90_000
MANY = b"8BIM\4\4\0\0" + struct.pack(">I", len(RECORDS)) + RECORDS
FAR_TOO_MUCH = {
    "deep": [(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"<a>x" * 50_000)],
    "tags": [packed(b"XML:com.adobe.xmp", b"<a>" + b"<b>s</b>" * 125_000)] * 150,
    "records": [packed(b"Raw profile type iptc", b"\niptc\n9\n" + MANY.hex().encode())]
    * 150,
}


@pytest.mark.parametrize("chunks", FAR_TOO_MUCH.values(), ids=FAR_TOO_MUCH)
def test_the_decoder_gets_to_the_end_of_a_file_that_says_far_too_much(stated, chunks):
    """Each took longer than the decoder may."""
    said = (b"tEXt", b"Author\0Ada")
    assert stated(png(said, *chunks)) == {"artist": ["Ada"]}


def test_what_stands_within_a_place_is_not_kept(stated):
    place = (
        '<e:LocationShown><r:Bag><r:li r:parseType="Resource">'
        '<d:rights p:Credit="AI-generated">Hidden street 5</d:rights>'
        "</r:li></r:Bag></e:LocationShown>"
    )
    for packet in (XMP % place, XMP % f"<d:rights>© Ada{place}</d:rights>"):
        facts = stated(encode(SMALL, "WEBP", xmp=packet.encode()))
        assert facts.pop("copyright", ["© Ada"]) == ["© Ada"]
        assert facts.pop("place") is True
        assert facts.keys() == {"software", "created", "artist"}


def test_exif_is_read_of_the_first_blocks_and_the_first_bytes(stated):
    empty = (b"eXIf", exif().removeprefix(EXIF))
    said = (b"eXIf", exif(software="Scanner 9").removeprefix(EXIF))
    expected = {"software": ["Scanner 9"]}
    assert stated(png(*[empty] * (MOST_BLOCKS - 1), said)) == expected
    assert stated(png(*[empty] * MOST_BLOCKS, said)) == {}
    # A folder behind the first bytes, then within them.
    for gap, found in ((LARGEST, {}), (1000, expected)):
        start = 8 + gap
        folder = struct.pack(">HHHIII", 1, 0x0131, 2, 9, start + 18, 0) + b"Scanner 9"
        data = b"MM\0*" + struct.pack(">I", start) + bytes(gap) + folder
        assert stated(png((b"eXIf", data))) == found


def test_thousands_of_tags_in_folders_that_lead_to_themselves_are_read(stated):
    """By a child with seconds of processor time and a bounded memory."""
    tags = sorted({0x8769, 0x8825, *range(5000)})
    entries = b"".join(
        struct.pack(">HHII", tag, *((4, 1, 8) if tag > 0x8000 else (2, 8, 8)))
        for tag in tags
    )
    data = b"MM\0*\0\0\0\x08" + struct.pack(">H", len(tags)) + entries + bytes(4)
    assert stated(jpeg(*[(0xE1, EXIF + data)] * 150))["place"] is True


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "lol lol lol lol lol lol">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 12}">'
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def test_a_packet_that_declares_entities_is_not_read(stated):
    declared = '<!DOCTYPE x [<!ENTITY a "Ada">]>'
    packet = (
        '%s<x xmlns:d="http://purl.org/dc/elements/1.1/"><d:creator>%s</d:creator></x>'
    )
    plain = (packet % ("", "Ada")).encode()
    assert stated(encode(SMALL, "WEBP", xmp=plain)) == {"artist": ["Ada"]}
    odd = (packet % (declared, "&a;")).encode()
    assert stated(encode(SMALL, "WEBP", xmp=odd)) == {}


@pytest.mark.parametrize(
    "data",
    [
        # EXIF that leads nowhere, to itself, or has entries without end.
        jpeg((0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff")),
        jpeg((0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\1\x87\x69\0\4\0\0\0\1\0\0\0\x08")),
        jpeg(
            (0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\1\x3b\0\2\xff\xff\xff\xff")
        ),
        jpeg((0xE1, b"Exif\0\0II*")),
        # XMP that is no XML, declares entities, or is cut off.
        jpeg((0xE1, b"http://ns.adobe.com/xap/1.0/\0<a><b>")),
        jpeg(
            (
                0xE1,
                b"http://ns.adobe.com/xap/1.0/\0" + ENTITIES.encode() + b"<x>&i;</x>",
            )
        ),
        encode(SMALL, "WEBP", xmp=b"\xff\xfe<\0"),
        # IPTC with a length beyond its end, and one of another form.
        jpeg(
            (0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\xff\xff\xff\xff\x1c\2\x50\x7f\xff")
        ),
        jpeg((0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\x05\x1c\2\x50\x80\4")),
        jpeg((0xED, b"Photoshop 3.0\x008BIM")),
        # Texts without an end, and compressed ones that are none.
        png((b"tEXt", b"Author")),
        png((b"zTXt", b"Author\0\0not compressed")),
        png((b"iTXt", b"Author\0\1\0")),
        png((b"tEXt", b"Raw profile type exif\0\nexif\n 9\nxyz")),
        png((b"iCCP", b"\0\0" + zlib.compress(b"x" * 200))),
    ],
)
def test_what_is_damaged_is_left_out_and_no_file_is_refused_for_it(stated, data):
    assert stated(data) == {}


def test_compressed_texts_do_not_grow_without_end(stated):
    bomb = zlib.compress(b"a" * 200_000_000, 9)
    facts = stated(png((b"zTXt", b"Author\0\0" + bomb)))
    assert facts == {"artist": ["a" * LONGEST]}


def test_what_imagemagick_keeps_as_digits_is_read(stated):
    digits = exif(software="Scanner 9").removeprefix(b"Exif\0\0").hex()
    text = f"Raw profile type exif\0\nexif\n    {len(digits) // 2}\n{digits}\n"
    assert stated(png((b"tEXt", text.encode()))) == {"software": ["Scanner 9"]}


def test_renditions_have_none_of_it(tmp_path):
    original = tmp_path / "original"
    packet = (XMP % "").encode()
    original.write_bytes(
        jpeg(
            (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet), exif=exif(artist="Ada")
        )
    )
    picture = render(original, tmp_path / "renditions")
    assert picture.metadata["artist"] == ["Ada Brushwood", "Ada"]
    for rendition in picture.renditions:
        assert b"Ada" not in rendition.path.read_bytes()
        with Image.open(rendition.path) as image:
            assert not image.getexif()


@pytest.mark.parametrize(
    "facts",
    [
        {"secret": ["x"]},
        {"artist": "x"},
        {"artist": ["x"] * (MOST_VALUES + 1)},
        {"artist": [1]},
        {"artist": None},
    ],
)
def test_the_parent_takes_nothing_else(facts):
    with pytest.raises(ValueError, match="metadata"):
        checked_metadata(facts)


def test_the_parent_bounds_what_it_takes():
    facts = {kind: ["\u202ex\0" + "y" * 9999] for kind in TEXTS}
    found = checked_metadata({**facts, **dict.fromkeys(FLAGS, 1)})
    assert found == {kind: ["x" + "y" * (LONGEST - 3)] for kind in TEXTS}


def test_metadata_of_another_shape_are_a_fault_of_the_decoder():
    line = b'{"refused": [], "picture": {"renditions": [], "metadata": 7}}'
    with pytest.raises(DecoderDied):
        parse_result(line, "image/png", Path())


def test_a_profile_may_have_only_the_name_of_its_chunk(stated):
    chunk = (b"iCCP", b"Odd profile\0\0" + zlib.compress(b"short"))
    assert stated(png(chunk)) == {"profile": ["Odd profile"]}
