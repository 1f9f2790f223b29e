"""Names for the drawings: a title, what the artist says, what can be seen."""

from __future__ import annotations

from typing import NamedTuple


class Title(NamedTuple):
    """What an entry says about one picture."""

    title: str
    description: str
    alt_text: str


TITLES: dict[str, tuple[Title, ...]] = {
    "mist": (
        Title(
            "Seven Ridges Before Breakfast",
            "I counted them while the kettle was still cold. By the time it boiled, "
            "there were only four.",
            "Mountain ridges one behind another, paling into mist below a low sun.",
        ),
        Title(
            "The Valley Holds Its Breath",
            "Drawn from memory after a night train through the pass.",
            "Dark mountains in front, lighter ones behind, a pale sun above them.",
        ),
        Title(
            "Every Distance Has a Color",
            "About how far away things look just before they disappear.",
            "Layered mountain silhouettes fading towards a soft bright sky.",
        ),
    ),
    "flow": (
        Title(
            "What the Wind Wrote",
            "No line crosses another. Each one stops where somebody was earlier.",
            "Thousands of short ink lines following invisible currents.",
        ),
        Title(
            "Combed Field",
            "A meadow seen the way a hand would feel it.",
            "Fine colored lines sweeping in curves like combed grass.",
        ),
        Title(
            "Small Currents",
            "Ink, patience and one rule: follow your neighbor.",
            "Curving strokes in a few colors gathering into eddies.",
        ),
    ),
    "city": (
        Title(
            "Somebody Is Still Up",
            "Every lit window is a person who has not finished the day.",
            "City towers at dusk with scattered lit windows mirrored in water.",
        ),
        Title(
            "Last Ferry",
            "The view that made me miss my stop.",
            "A skyline in layers of dusky color above a rippled river.",
        ),
        Title(
            "Ten Thousand Kitchens",
            "I looked for the one that was mine.",
            "Dense rows of high buildings with small yellow lights at nightfall.",
        ),
    ),
    "weave": (
        Title(
            "No Beginning, No Knot",
            "Follow any ribbon with a finger. It will bring you back.",
            "Striped ribbons bending and crossing over each other on a grid.",
        ),
        Title(
            "Night Shift at the Loom",
            "Only four tiles, turned by coin toss.",
            "A dense weave of curved and straight striped bands.",
        ),
        Title(
            "Detour",
            "A map for people who are not in a hurry.",
            "Interlaced bands in four colors that turn, cross and return.",
        ),
    ),
    "sea": (
        Title(
            "Swell",
            "Cut from one block, printed in two colors, before the wind turned.",
            "Engraved waves with a striped sun standing on the horizon.",
        ),
        Title(
            "Road of Light",
            "It always leads to whoever is looking.",
            "Dark wave lines parted by the bright reflection of a low sun.",
        ),
        Title(
            "The Ninth Wave Was Late",
            "We counted twice.",
            "A woodcut sea of thick and thin lines below a setting sun.",
        ),
    ),
    "aurora": (
        Title(
            "The Sky Tries On Curtains",
            "Forty minutes, minus twenty degrees, one thermos.",
            "Northern lights in tall rays above a dark shore and a calm lake.",
        ),
        Title(
            "Nobody Spoke",
            "Even the dog sat down.",
            "Veils of colored light in a starry sky, mirrored in still water.",
        ),
        Title(
            "The Late Hour",
            "The lake saw it a moment later than we did.",
            "Glowing curtains of light over pine trees and their reflection.",
        ),
    ),
    "relief": (
        Title(
            "Island for Two",
            "Fourteen sheets of paper and a very small knife.",
            "Layers of cut paper forming terraces, each in a shade of its own.",
        ),
        Title(
            "A Map of Nowhere I Have Been",
            "The contour lines are true. The country is not.",
            "Stacked paper contours with soft shadows, like a relief map.",
        ),
        Title(
            "High Ground",
            "Where we would go if the water came.",
            "Winding layers of colored paper rising to broad plateaus.",
        ),
    ),
    "bloom": (
        Title(
            "Golden Angle",
            "Each petal turns 137.5 degrees from the last, as sunflowers do.",
            "A large round flower of many overlapping petals.",
        ),
        Title(
            "Dahlia, Remembered",
            "My grandmother won second prize with the real one.",
            "A full blossom whose petals change color from heart to rim.",
        ),
        Title(
            "Unfolding",
            "It took a minute to draw and a summer to understand.",
            "Petals in spirals around a glowing center on a plain ground.",
        ),
    ),
}
