"""Organizers' texts become safe HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.markdown import render_markdown


def test_what_people_need_is_there():
    html = render_markdown(
        "# Brief\n\nSend *light*, [see](https://art.example/).\n\n- a"
    )
    assert "<h3>Brief</h3>" in html
    assert "<em>light</em>" in html
    assert 'href="https://art.example/"' in html
    assert "<li>a</li>" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://tracker.example/a.png)",
        "<style>*{display:none}</style>",
        '<a href="javascript:alert(1)" onclick="x">y</a>',
        "<iframe src=https://evil.example></iframe>",
    ],
)
def test_what_could_harm_is_not(text):
    html = render_markdown(text)
    for word in ("<script", "<img", "<style", "<iframe", '<a href="java', "<a on"):
        assert word not in html


@pytest.mark.parametrize(
    "address",
    [
        "//elsewhere.example/",
        "https://ada:secret@example.org/",
        "https://[",
        "https://example.org:99999/",
        "ftp://example.org/",
        "page/",
    ],
)
def test_a_link_that_leads_nowhere_is_text(address):
    assert "href" not in render_markdown(f"[words]({address})")
    assert "words" in render_markdown(f"[words]({address})")


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("/competitions/", "/competitions/"),
        ("#rules", "#rules"),
        ("mailto:ada@example.org", "mailto:ada@example.org"),
        ("https://exämple.org/ß", "https://xn--exmple-cua.org/%C3%9F"),
    ],
)
def test_a_link_leads_where_browsers_go(address, stored):
    assert f'href="{stored}"' in render_markdown(f"[words]({address})")


@given(st.text(alphabet="<>/\"'ascriptonerr =:()[]*_#&\n", max_size=60))
def test_no_text_makes_a_tag_that_is_not_allowed(text):
    html = render_markdown(text)
    tags = {
        part.split(">")[0].strip("/ ").split(" ")[0] for part in html.split("<")[1:]
    }
    assert tags <= {
        "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p",
        "strong", "ul",
    }  # fmt: skip
