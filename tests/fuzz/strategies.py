"""Requests that hypothesis makes: real addresses and forms with odd values in them."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

from tests.fuzz.addresses import Address
from tests.fuzz.wire import FORM, JSON, MULTIPART, Asked
from tests.fuzz.world import World

ODD_TEXTS = (
    "\0", "a\0b", "", " ", "\u200b\u202e", "abc", "-1", "0", "1", "9" * 20, "9" * 400,
    "1.5", "NaN", "1e400", "infinity", "http://[", "//[", "\\\\[", "https://\u2100",
    "javascript:alert(1)", "../../etc/passwd", "%00", "%zz", "x" * 300, "x" * 5000,
    "0001-01-01", "9999-12-31", "2026-13-45", "23:59", "99:99", "3000000 00:00:00",
    "Factory", "localtime", "\ufffd", "\U0001f469\u200d\U0001f680", "'\"<script>", "[]",
    "{}", "[" * 2000, '{"a":' * 500, "null", "true", "on", "a@example.org", "_00", ",",
    "a,b", "__import__", "%(x)s", "{x}", "\r\nX: y", "\x7f", "\u0131",
    "e" * 60 + "@x.y", "²", "٣", "１", "Ⅷ", "1_0",
)  # fmt: skip
ODD_BYTES = (b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\x80", b"\x00", b"\xf4\x90\x80\x80")
NAMES = (
    "after", "ticket", "next", "q", "p", "o", "e", "_facets", "queue", "state__exact",
    "closes_at__year", "closes_at__month", "closes_at__day", "term", "page",
    "app_label",
    "model_name", "field_name", "_popup", "_to_field", "_changelist_filters", "code",
    "process", "competition__id__exact", "id__in", "title__contains", "all",
    "_selected_action", "action", "index", "select_across", "credential", "login",
)  # fmt: skip
HEADERS = (
    "Referer", "Origin", "Host", "Accept", "Cookie", "HX-Request", "HX-Current-URL",
    "X-Forwarded-For", "X-Forwarded-Proto", "Accept-Language", "Range", "Prefer",
    "If-Modified-Since", "If-None-Match", "Tus-Resumable", "Upload-Length", "Purpose",
    "Upload-Offset", "Upload-Metadata", "Upload-Checksum", "Upload-Defer-Length",
    "Content-Encoding",
    "X-Requested-With", "User-Agent", "Authorization", "Expect-CT",
)  # fmt: skip
VALUES = (
    "", "http://[", "[", "[::1", "*/*", "application/json", "text/html;q=x", "1.0.0",
    "bytes=5-1", "9" * 30, "-1", "\xe9\xff", "a b", "sha1 x", "title \xe9", "xx-YY",
    'sessionid="\\000"', "sessionid=\xe9", "csrftoken=", "x" * 3000, "1.2.3.4, [",
    "true", "Thu, 01 Jan 0000 00:00:00 GMT", 'W/"', "gzip", "null", "https", ",;=",
)  # fmt: skip
TYPES = (
    FORM, MULTIPART, JSON, "", "multipart/form-data",
    "multipart/form-data; boundary=\xe9", f"{FORM}; charset=iso-8859-1",
    f"{FORM}; charset=utf-7", "text/plain; charset=x",
    "application/offset+octet-stream", "image/jpeg", ";", "a/b; c*=x''%00",
)  # fmt: skip
METHODS = ("GET",) * 6 + ("POST",) * 6 + (
    "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO",
)  # fmt: skip

# Making a strategy costs more than drawing from it.
sampled = cache(st.sampled_from)
words = st.sampled_from(ODD_TEXTS) | st.text(max_size=8)
# Half a character cannot be spelled in UTF-8 but may be sent all the same.
quoted = words.map(lambda text: quote(text.encode("utf-8", "surrogatepass"))) | (
    st.sampled_from(ODD_BYTES).map(quote_from_bytes)
)
queries = st.lists(st.tuples(st.sampled_from(NAMES), quoted), max_size=2)
odd_headers = st.lists(
    st.tuples(st.sampled_from(HEADERS), st.sampled_from(VALUES)),
    max_size=2,
    unique_by=lambda one: one[0],
)
odd_bytes = st.binary(max_size=40)


@cache
def changes(names: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(sampled(names), quoted), max_size=4)


@st.composite
def requests(draw: st.DrawFn, world: World) -> Asked:
    """One request of anybody to any address."""
    address = draw(sampled(tuple(world.addresses)))
    who = draw(sampled(tuple(world.sessions)))
    method = draw(sampled(METHODS))
    path = draw(paths(world, address))
    query = draw(queries)
    target = path + ("?" if query else "") + "&".join(map("=".join, query))
    headers = draw(odd_headers)
    if method in ("GET", "HEAD"):
        return Asked(method, target, who, tuple(headers))
    kind, body = draw(bodies(world, path, who))
    return Asked(method, target, who, (*headers, ("Content-Type", kind)), body)


@st.composite
def paths(draw: st.DrawFn, world: World, address: Address) -> str:
    values = {
        part: draw(sampled((*world.known.get(part, ("1",)) * 4, *ODD_TEXTS)))
        for part in address.parts
    }
    return address.filled(values)


@st.composite
def bodies(draw: st.DrawFn, world: World, path: str, who: str) -> tuple[str, bytes]:
    """A page's form with some odd values, or anything else under any type."""
    form = world.form(path, who)
    fields = {name: quote(text) for name, text in form.items()}
    fields |= dict(draw(changes((*fields, *NAMES))))
    pairs = (f"{quote(name)}={text}" for name, text in fields.items())
    whole = "&".join(pairs).encode()
    kind = draw(sampled((FORM,) * 3 + TYPES))
    if kind == FORM:
        return kind, whole
    raw = st.sampled_from(
        (
            whole, b"", b"[" * 100_000, b"{}", b"NaN", b"--b--",
            b'{"title": "\\ud800"}',
            b'--b\r\nContent-Disposition: form-data; name="a"; filename="\xff"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\nabcde\r\n--b--\r\n",
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\x00\r\n--b--\r\n',
            b'{"title": "Dusk", "accept_rules": true, "size": 1' + b"0" * 400 + b"}",
        )
    )  # fmt: skip
    return kind, draw(raw | odd_bytes)
