"""Read what an XMP packet says of program, moment, author and origin.

Pillow's reader builds the whole tree and gives nothing of a packet with an error; this
one keeps bounded texts, up to the error.
"""

from __future__ import annotations

from xml.parsers import expat

from mycenas.imaging.sandbox.facts import LONGEST_SEARCHED, Facts

ADOBE, IPTC = "http://ns.adobe.com/", "http://iptc.org/std/"
XMP, PHOTOSHOP, EXIF = (
    ADOBE + "xap/1.0/ ",
    ADOBE + "photoshop/1.0/ ",
    ADOBE + "exif/1.0/ ",
)
TIFF, LENSES = ADOBE + "tiff/1.0/ ", ADOBE + "exif/1.0/aux/ "
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/ "
CORE, EXTENSION = IPTC + "Iptc4xmpCore/1.0/xmlns/ ", IPTC + "Iptc4xmpExt/2008-02-29/ "
VOCABULARIES = "http://cv.iptc.org/newscodes/"
RESOURCE = "http://www.w3.org/1999/02/22-rdf-syntax-ns# resource"
MAKE, MODEL = TIFF + "Make", TIFF + "Model"
# Properties with the kind of their texts; kinds without a name are only searched.
TEXTS = {
    XMP + "CreatorTool": "software",
    XMP + "CreateDate": "created",
    PHOTOSHOP + "DateCreated": "created",
    DUBLIN_CORE + "creator": "artist",
    DUBLIN_CORE + "rights": "copyright",
    LENSES + "Lens": "lens",
    "http://cipa.jp/exif/1.0/ LensModel": "lens",
    DUBLIN_CORE + "description": "",
    PHOTOSHOP + "Credit": "",
    EXTENSION + "DigitalSourceType": "",
}
WANTED = frozenset({*TEXTS, MAKE, MODEL})
PLACES = frozenset(
    {
        *(EXIF + name for name in ("GPSLatitude", "GPSLongitude")),
        *(PHOTOSHOP + name for name in ("City", "State", "Country")),
        CORE + "Location",
        *(EXTENSION + name for name in ("LocationCreated", "LocationShown")),
    }
)
KNOWN = WANTED | PLACES


class Packet:
    """Collects the texts of wanted properties, as elements or as attributes."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        # Of each open element the innermost known property around its text. What stands
        # within a place is of the place, whatever its own name is.
        self.open: list[str] = []
        self.text = ""
        self.camera: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.flush()
        self.facts.count_steps(1 + len(attributes))
        around = self.open[-1] if self.open else ""
        is_within = around in PLACES or name not in KNOWN
        self.open.append(around if is_within else name)
        if self.open[-1] in PLACES:
            self.facts.flags.add("place")
            return
        if RESOURCE in attributes:
            self.take(name, attributes[RESOURCE])
        for key, value in attributes.items():
            self.take(key, value)

    def end(self, name: str) -> None:
        self.flush()
        self.open.pop()

    def data(self, text: str) -> None:
        if len(self.text) < LONGEST_SEARCHED:
            self.text += text

    def flush(self) -> None:
        """Take the text since the last tag."""
        text, self.text = self.text, ""
        if text.strip() and self.open:
            self.take(self.open[-1], text)

    def take(self, name: str, text: str) -> None:
        kind = TEXTS.get(name)
        if name in PLACES:
            self.facts.flags.add("place")
        elif name in (MAKE, MODEL):
            self.camera.setdefault(name, text)
        elif kind == "created":
            self.facts.add_first(kind, text.replace("T", " ", 1))
        elif kind is not None:
            self.facts.add_searched(
                kind, text.rpartition("/")[2] if is_term(text) else text
            )


def is_term(text: str) -> bool:
    """Whether the text is a term of IPTC's vocabularies, named by an address."""
    return text.startswith(VOCABULARIES)


def read_xmp(data: bytes, facts: Facts) -> None:
    """Add what the packet says up to its first error; one with a DTD is not read."""
    packet = Packet(facts)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = packet.start
    parser.EndElementHandler = packet.end
    parser.CharacterDataHandler = packet.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        # Some packets are filled up with zeros.
        parser.Parse(data.rstrip(b"\0"), True)
    finally:
        if packet.camera:
            names = (packet.camera.get(name, "") for name in (MAKE, MODEL))
            facts.add_camera(*names)


def refuse(*declared: object) -> None:
    """No XMP declares a document type; entities could grow without end."""
    raise ValueError("document type")
