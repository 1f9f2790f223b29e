"""What the demonstration shows: people, competitions and words."""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE = {
    "organizer@example.org": "Carol Lindqvist",
    "moderator@example.org": "Bob Achterberg",
    "artist@example.org": "Alice Marchetti",
    "juror@example.org": "Ines Okafor",
    "sponsor@example.org": "Dan Halden",
    "admin@example.org": "Ada Brandt",
    "noor@example.org": "Noor Haddad",
    "tomasz@example.org": "Tomasz Wilk",
    "mei@example.org": "Mei Tanaka",
    "rosalind@example.org": "Rosalind Achebe",
    "jonas@example.org": "Jonas Vinter",
}
ARTISTS = (
    "artist@example.org",
    "noor@example.org",
    "tomasz@example.org",
    "mei@example.org",
    "rosalind@example.org",
    "jonas@example.org",
)

RULES = """
1. You made the work yourself and hold the rights in it.
2. Up to four works per person, one file each: JPEG, PNG or WebP.
3. You keep all rights. We may show the work on this site and, if it wins, in the
   exhibition, always with your name.
4. A moderator looks at every entry. If we cannot accept one, we tell you why.
5. The jury decides on quality alone; its decision is final.
""".strip()


ROUND = {
    "name": "The jury of the Customs House",
    "rules": "Look at each work twice. If you know its maker, declare it.",
    "readings": 1,
    "quorum": 1,
    "tie_break": ["median", "best"],
}
PUBLISHED_ROUND = {
    "name": "The jury of the harbor",
    "rules": "Look at each work twice. If you know its maker, declare it.",
    "readings": 2,
    "quorum": 2,
    "tie_break": ["median", "best"],
}
# An artist elsewhere, who entered nothing in the competition of the published round.
SECOND_JUROR = "jonas@example.org"
# By juror: the points of the entries in the order of their arrival, a digit for each
# criterion. The second juror is the stricter one.
POINTS = {
    "juror@example.org": ("998", "787", "876", "655", "768"),
    SECOND_JUROR: ("787", "565", "777", "544", "455"),
}
# By juror: what the artist of the first entry reads once the round is published.
FEEDBACK = {
    "juror@example.org": "The horizon does the work: it could sit lower still.",
    SECOND_JUROR: "Calm, and sure of its colors. Print it larger.",
}
CRITERIA = (
    ("Idea", "What does the work want, and is it worth it?"),
    ("Craft", "How well is it made?"),
    ("Place", "Would it hold its own in the exhibition?"),
)


@dataclass(frozen=True)
class Contest:
    """One competition of the demonstration; it ends in ``state``.

    ``cover``, ``works`` and ``waiting`` name drawings by style and number: ``works``
    are accepted, and ``waiting`` are left for the moderator.
    """

    slug: str
    title: str
    summary: str
    brief: str
    time_zone: str
    state: str
    opened_days_ago: int
    closes_in_days: int
    categories: tuple[str, ...]
    prizes: tuple[tuple[str, str], ...]
    cover: str
    cover_alt: str
    works: str
    waiting: str = ""


CONTESTS = (
    Contest(
        slug="lion-gate-open",
        title="The Lion Gate Open",
        summary="Thresholds: pictures of doors, borders and first steps.",
        brief=(
            "A gate is where one thing ends and another begins. Show us a "
            "**threshold**: a door, a coast, the edge of a wood, the last minute of "
            "daylight. Photography, drawing and print are equally welcome.\n\n"
            "The twenty works the jury likes best hang in the Old Customs House in "
            "Nafplio all summer."
        ),
        time_zone="Europe/Athens",
        state="open",
        opened_days_ago=12,
        closes_in_days=19,
        categories=("Photography", "Drawing and print"),
        prizes=(
            ("The Lion", "3,000 euros and a solo wall in the exhibition."),
            ("The Lioness", "1,500 euros and a week in the print workshop."),
            ("Visitors' choice", "Paper for a year from Halden."),
        ),
        cover="mist5",
        cover_alt="Mountain ridges one behind another, paling into morning mist.",
        works="mist0 relief0 flow0 city0 weave0 bloom0 sea1",
        waiting="relief1 flow1",
    ),
    Contest(
        slug="night-work",
        title="Night Work",
        summary="What people make, mend and watch over while others sleep.",
        brief=(
            "Bakers, nurses, signal boxes, moths: the night has its own trades. Send "
            "us pictures made **between dusk and dawn**, or about that time."
        ),
        time_zone="Europe/Amsterdam",
        state="moderation",
        opened_days_ago=40,
        closes_in_days=6,
        categories=("Single picture",),
        prizes=(("The Lantern", "1,000 euros."), ("The Candle", "A year of prints.")),
        cover="aurora5",
        cover_alt="Curtains of northern light above a dark horizon.",
        works="city1 aurora1 aurora0",
        waiting="city2 aurora2",
    ),
    Contest(
        slug="field-notes",
        title="Field Notes",
        summary="Plants, patterns and weather, looked at for a long time.",
        brief=(
            "Choose one small place and stay. We are looking for work that comes from "
            "**looking closely**: at a hedge, a tide pool, a winter sky."
        ),
        time_zone="America/New_York",
        state="closed",
        opened_days_ago=65,
        closes_in_days=6,
        categories=("Plants", "Patterns"),
        prizes=(("The Herbarium", "800 dollars."), ("Special mention", "A field kit.")),
        cover="relief5",
        cover_alt="Layers of cut paper, like the contour lines of a map.",
        works="bloom1 weave1 flow2 bloom2 weave2",
    ),
    Contest(
        slug="salt-and-light",
        title="Salt and Light",
        summary="The sea and what it leaves behind.",
        brief=(
            "Coasts, harbors, tides and the people beside them. One picture can hold "
            "**salt and light** at once; show us yours."
        ),
        time_zone="Europe/Lisbon",
        state="winner_announced",
        opened_days_ago=120,
        closes_in_days=6,
        categories=("Open category",),
        prizes=(
            ("First prize", "2,000 euros and the cover of the catalogue."),
            ("Second prize", "1,000 euros."),
            ("Third prize", "500 euros."),
        ),
        cover="sea5",
        cover_alt="A calm sea under a wide sky in the last light.",
        works="sea0 mist1 sea2 mist2 relief2",
    ),
)

CITATIONS = (
    "The jury came back to it every morning. It says less each time, and means more.",
    "A picture that keeps its distance and still lets you hear the water.",
    "Exact, patient and a little stubborn: like its subject.",
)

CAMPAIGN = {
    "name": "Halden Paper, autumn",
    "headline": "Paper that keeps its nerve. Mill-made in Halden since 1884.",
    "target_url": "https://halden-paper.example/",
    "alt_text": "Sheets of heavy paper, layered like hills in late light.",
}
