"""A chart shows the numbers of its table, in its shapes and in their names."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from mycenas.core.charts import Chart, Series, columns, line, stacked
from mycenas.core.charts.drawing import LEFT, LETTER, PLOT, TOP, WIDTH, scale

DRAWINGS = (columns, stacked, line)
counts = st.integers(0, 10**7)


def chart(draw, *values, labels=None):
    names = labels or tuple(f"day {number}" for number in range(len(values[0])))
    series = tuple(
        Series(f"kind {number}", tuple(row), tone=f"tone-{number}")
        for number, row in enumerate(values)
    )
    return Chart("Arrivals", "Day", "Entries", names, series, draw)


def drawn(one):
    """What the picture says: the captions of its shapes."""
    root = Tree.fromstring(str(one.svg))
    return root, [(shape, shape.findtext("title")) for shape in root if len(shape)]


def tabled(one):
    """What the table says, from its HTML."""
    html = render_to_string("includes/_chart.html", {"chart": one})
    table = html[html.index("<tbody>") : html.index("</tbody>") + len("</tbody>")]
    rows = Tree.fromstring(table)
    cells = (["".join(cell.itertext()).strip() for cell in row] for row in rows)
    return [f"{', '.join(words)}: {number}" for *words, number in cells]


@pytest.mark.parametrize("draw", DRAWINGS)
@given(
    rows=st.integers(1, 40).flatmap(
        lambda size: st.lists(
            st.lists(counts, min_size=size, max_size=size), min_size=1, max_size=4
        )
    )
)
def test_the_picture_and_the_table_have_the_same_numbers(draw, rows):
    one = chart(draw, *rows)
    if not one.total:
        return
    _root, shapes = drawn(one)
    written = [caption for _, caption in shapes]
    if one.has_several_series:
        written = [caption for caption in written if not caption.endswith(": 0")]
    if draw is stacked:
        assert [caption for caption in tabled(one) if not caption.endswith(": 0")] == (
            written
        )
    else:
        assert sorted(tabled(one)) == sorted(written)


@pytest.mark.parametrize("draw", [columns, line])
@pytest.mark.parametrize("count", [1, 2, 7, 70])
@pytest.mark.parametrize("label", ["9", "30 Nov", "30 Nov, 14:00"])
def test_labels_do_not_cover_each_other(draw, count, label):
    """The first is written, and none leaves the picture."""
    root, _shapes = drawn(chart(draw, range(count), labels=(label,) * count))
    half = LETTER * len(label) / 2
    places = [float(one.get("x")) for one in root if one.text == label]
    edges = [edge for x in places for edge in (x - half, x + half)]
    assert edges
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= WIDTH


def number(caption):
    return int(caption.rpartition(": ")[2].replace(",", ""))


def test_columns_are_as_high_as_their_numbers():
    values = [0, 3, 17, 41]
    _root, shapes = drawn(chart(columns, values))
    top = scale(max(values))[-1]
    for (shape, caption), value in zip(shapes, values, strict=True):
        assert number(caption) == value
        assert float(shape.get("height")) / PLOT * top == pytest.approx(value, abs=0.01)


def test_columns_of_several_series_stand_on_each_other():
    _root, shapes = drawn(chart(columns, [2], [3]))
    (lower, _), (upper, _) = shapes
    assert float(upper.get("y")) + float(upper.get("height")) == pytest.approx(
        float(lower.get("y"))
    )


def test_points_of_a_line_are_at_their_numbers():
    values = [5, 0, 20]
    _root, shapes = drawn(chart(line, values))
    top = scale(max(values))[-1]
    heights = [
        (TOP + PLOT - float(shape.get("cy"))) / PLOT * top for shape, _ in shapes
    ]
    assert heights == pytest.approx(values)


def test_bars_across_share_one_measure_and_lie_side_by_side():
    _root, shapes = drawn(chart(stacked, [30, 10], [10, 0]))
    widths = [float(shape.get("width")) / WIDTH * 40 for shape, _ in shapes]
    assert widths == pytest.approx([30, 10, 10])
    assert float(shapes[1][0].get("x")) == pytest.approx(WIDTH * 3 / 4)


@pytest.mark.parametrize("draw", DRAWINGS)
@pytest.mark.parametrize("size", [1, 2, 24, 92])
def test_nothing_leaves_the_picture(draw, size):
    root, _shapes = drawn(chart(draw, list(range(1, size + 1))))
    width, height = map(float, root.get("viewBox").split()[2:])
    for shape in root.iter("rect"):
        right = float(shape.get("x")) + float(shape.get("width"))
        assert 0 <= float(shape.get("x")) <= right <= width + 0.01
        assert 0 <= float(shape.get("y")) <= height
    labels = [text for text in root.iter("text") if text.get("text-anchor") == "middle"]
    assert all(LEFT <= float(text.get("x")) <= width for text in labels)


def test_the_picture_has_a_name_and_nothing_that_the_policy_refuses():
    root, _shapes = drawn(chart(columns, [1, 4], labels=("<b>", 'a "b" & c')))
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'Arrivals: 5 in all, most (4) at a "b" & c'
    tags = {shape.tag for shape in root.iter()}
    assert tags <= {"svg", "rect", "title", "text", "line"}
    names = {name for shape in root.iter() for name in shape.attrib}
    assert not {name for name in names if name == "style" or name.startswith("on")}


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (41, [0, 20, 40, 60]),
        (1000, [0, 500, 1000]),
    ],
)
def test_an_axis_has_few_round_numbers(most, ticks):
    assert scale(most) == ticks


@pytest.mark.parametrize("values", [(1,), (1, -1)])
def test_a_series_has_one_number_for_each_label(values):
    with pytest.raises(ValueError, match="one number"):
        Chart("A", "B", "C", ("x", "y"), (Series("s", values),), columns)


def test_a_chart_without_numbers_says_so():
    html = render_to_string("includes/_chart.html", {"chart": chart(columns, [0, 0])})
    assert "None yet." in html
    assert "<svg" not in html
