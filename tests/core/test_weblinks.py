"""Addresses that a browser opens, in one form; everything else is explained."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from mycenas.core.addresses import LONGEST_URL, web_address
from mycenas.core.fields import WebAddressField
from mycenas.core.text import shown


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://example.org", "https://example.org"),
        ("HTTPS://Example.ORG/A?b#C", "https://example.org/A?b#C"),
        (
            "https://exämple.org/straße?q=ü#ö",
            "https://xn--exmple-cua.org/stra%C3%9Fe?q=%C3%BC#%C3%B6",
        ),
        ("https://xn--ls8h.la/", "https://xn--ls8h.la/"),
        ("https://\U0001f4a9.la/", "https://xn--ls8h.la/"),
        ("https://i❤️.ws", "https://xn--i-7iq.ws"),
        ("https://ab--ü.org", "https://xn--ab---3ra.org"),
        ("https://a.א/", "https://a.xn--4db/"),
        ("https://क्\u200dष.org", "https://xn--11b2ezcw70k.org"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://xn--exmple-cua.org/%C3%9F", "https://xn--exmple-cua.org/%C3%9F"),
        ("https://例え。jp/", "https://xn--r8jz45g.jp/"),
        ("https://example.org.:0443/", "https://example.org:443/"),
        ("http://example.org:/", "http://example.org/"),
        ("https://example.org/<b>^", "https://example.org/%3Cb%3E%5E"),
        ("https://198.51.100.7:8080/", "https://198.51.100.7:8080/"),
        ("https://[2001:DB8:0::1]/", "https://[2001:db8::1]/"),
        (" example.org/x ", "https://example.org/x"),
        ("example.org:8080?x", "https://example.org:8080?x"),
    ],
)
def test_an_address_gets_its_ascii_form(typed, stored):
    assert WebAddressField().clean(typed) == stored
    assert web_address(stored) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("ftps://example.org/x", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,x", "scheme"),
        ("mailto:ada@example.org", "scheme"),
        ("//example.org/", "scheme"),
        ("/page/", "scheme"),
        ("http:/example.org", "scheme"),
        ("https:example.org", "scheme"),
        ("https://ada:secret@example.org/", "user"),
        ("https://example.org@elsewhere.example/", "user"),
        ("https://example.org/a b", "characters"),
        ("https://exa\nmple.org/", "characters"),
        ("https://example.org\\@elsewhere.example", "characters"),
        ("https://", "host"),
        ("https:///x", "host"),
        ("https://[", "host"),
        ("https://[::1", "host"),
        ("https://[::1%25eth0]/", "host"),
        ("https://localhost/", "host"),
        ("https://example..org/", "host"),
        ("https://-example.org/", "host"),
        ("https://ex%41mple.org/", "host"),
        ("https://exa\u202emple.org/", "host"),
        ("https://example.org\uff0fx.example/", "host"),
        ("https://xn--a.org/", "host"),
        ("https://xn--.org/", "host"),
        ("https://xn--abc-.org/", "host"),
        ("https://xn--u-ccb.org/", "host"),
        ("https://0à.א/", "host"),
        ("https://\u0300a.org/", "host"),
        ("https://\U0001f468\u200d\U0001f469.la/", "host"),
        (f"https://{'ü' * 64}.org/", "host"),
        ("https://256.1.1.1/", "host"),
        ("https://0x7f.1/", "host"),
        (f"https://{'a' * 64}.org/", "host"),
        (f"https://{'a.' * 127}org/", "host"),
        ("https://.\u0661/", "host"),
        ("https://a\U0001e5f2.org/", "host"),
        ("https://xn--yp5h.org/", "host"),
        ("https://example.org:99999/", "host"),
        ("https://example.org:0/", "host"),
        ("https://example.org:25/", "host"),
        ("https://example.org:x/", "host"),
        (f"https://example.org/{'ü' * 100}", "length"),
    ],
)
def test_what_no_browser_opens_is_explained(typed, code):
    with pytest.raises(ValidationError) as refused:
        web_address(typed)
    assert refused.value.code == code
    (sentence,) = refused.value.messages
    assert shown(typed) in sentence
    assert "https://example.org/" in sentence


LETTERS = "htps:/@[]?#%.-xn0123456789aAß。\\ \u200b\u0661\ud800"


@given(st.text(alphabet=LETTERS, max_size=30))
def test_whatever_is_accepted_is_in_its_last_form(text):
    try:
        address = web_address(f"https://{text}")
    except ValidationError:
        return
    assert web_address(address) == address
    assert len(address) <= LONGEST_URL
