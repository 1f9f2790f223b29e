"""Requests that ended in a 500 once, by the fix that answers them now.

Each group is named after the protection that holds it; see `test_proof.py`.
"""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, urlencode

from tests.fuzz.wire import FORM, JSON, MULTIPART, Asked
from tests.fuzz.world import World

ACCOUNT_PAGES = (
    "login/", "signup/", "password/reset/", "login/code/confirm/", "confirm-email/",
    "reauthenticate/", "logout/", "email/", "password/change/", "2fa/",
    "2fa/authenticate/", "2fa/reauthenticate/", "login/code/", "2fa/totp/activate/",
    "2fa/webauthn/add/", "2fa/webauthn/", "2fa/recovery-codes/generate/",
    "2fa/webauthn/login/", "2fa/webauthn/reauthenticate/", "2fa/webauthn/signup/",
)  # fmt: skip
DESK = "/admin/submissions/submission/"
PART = 'Content-Disposition: form-data; name="{}"\r\n'


def posted(target: str, who: str, **fields: str) -> Asked:
    return Asked(
        "POST", target, who, (("Content-Type", FORM),), urlencode(fields).encode()
    )


def typed(target: str, who: str, kind: str, body: bytes) -> Asked:
    return Asked("POST", target, who, (("Content-Type", kind),), body)


def examples(world: World) -> dict[str, list[Asked]]:
    """All of them, by group."""
    room = f"/competitions/{world.some('slug')}/"
    return {
        "text": [*texts(room), *cookies()],
        "forms": forms(room),
        "charsets": charsets(room),
        "json": json_bodies(room),
        "addresses": addresses(),
        "filters": filters(),
        "rows": [
            posted(DESK, "moderator", action="approve_selected", _selected_action=key)
            for key in ("abc", "-1", "9" * 30, "1.5")
        ],
        "others": others(room),
    }


def texts(room: str) -> list[Asked]:
    return [
        Asked("GET", f"{room}gallery/?after=%00"),
        Asked("GET", f"{room}enter/?ticket=%00", "participant"),
        Asked("GET", f"{DESK}?queue=%00", "moderator"),
        Asked("GET", "/admin/competitions/competition/?state__exact=%00", "organizer"),
        Asked("GET", "/admin/accounts/user/?q=%00", "superuser"),
        Asked("GET", "/uploads/%00/", "participant"),
        Asked("HEAD", "/uploads/%00/", "participant", (("Tus-Resumable", "1.0.0"),)),
        Asked("GET", "/campaigns/go/%00/"),
        Asked("GET", "/accounts/confirm-email/%00/"),
        posted("/accounts/login/", "anonymous", login="a\0@example.org", password="x"),
        posted("/accounts/signup/", "anonymous", name="\0", email="a@example.org"),
        posted(f"{room}tickets/", "participant", title="ab\0cdefghij"),
    ]


def cookies() -> list[Asked]:
    said = 'sessionid="abcdefgh\\000ijkl"'
    return [
        Asked(method, target, headers=(("Cookie", cookie),))
        for method, target in (
            ("GET", "/"),
            ("GET", "/me/"),
            ("GET", "/accounts/login/"),
        )
        for cookie in (said, 'csrftoken="\\000"', 'django_language="\\000"')
    ]


def forms(room: str) -> list[Asked]:
    odd = f"--b\r\n{PART.format('receipt_file')}Content-Transfer-Encoding: base64\r\n"
    odd = odd.replace('file"', 'file"; filename="a.jws"')
    bodies = [
        ("multipart/form-data", b"--b--"),
        ("multipart/form-data; boundary=", b"--b--"),
        ("multipart/form-data; boundary=\xe9", b"--b--"),
        (MULTIPART, odd.encode() + b"\r\nabc=d\r\n--b--\r\n"),
        (MULTIPART, odd.encode() + b"\r\nabcde\r\n--b--\r\n"),
        (FORM, b"&".join([b"a=1"] * 2000)),
    ]
    targets = (
        ("/verify/", "anonymous"), (f"{room}tickets/", "participant"),
        ("/accounts/login/", "anonymous"), ("/accounts/email/", "participant"),
        (f"{room}enter/", "participant"), (DESK, "moderator"),
    )  # fmt: skip
    return [typed(*target, kind, body) for target in targets for kind, body in bodies]


def charsets(room: str) -> list[Asked]:
    kinds = ("iso-8859-1", "utf-7", "nonsense", "hex", "unicode_escape", "utf-16")
    told = [f"{FORM}; charset={kind}" for kind in kinds]
    told += [f"{FORM}; charset*=utf-8''%00", f"{FORM}; charset*=nonsense''x"]
    targets = (
        ("/accounts/login/", "anonymous"), ("/accounts/email/", "participant"),
        (f"{room}tickets/", "participant"), ("/verify/", "anonymous"),
    )  # fmt: skip
    return [typed(*target, kind, b"a=%E9") for target in targets for kind in told]


def json_bodies(room: str) -> list[Asked]:
    texts = [
        "[" * 100_000, '{"a":' * 100_000, "null", "[]", '"text"', "NaN", "1" * 5000,
        '{"size": NaN}', '{"size": 1e999}', '{"title": {"a": 1}}', '{"a": 1, "a": 2}',
        json.dumps({"title": "Dusk", "accept_rules": True, "size": 10**400}),
        *(
            json.dumps({"title": "Dusk", "accept_rules": True, name: "a\ud800cdefghi"})
            for name in ("title", "description", "alt_text", "filename")
        ),
        json.dumps({"title": "Dusk", "accept_rules": True, "filename": "a\0b"}),
        '{"\\ud800": 1}',
    ]  # fmt: skip
    tickets = [
        typed(f"{room}tickets/", "participant", JSON, text.encode()) for text in texts
    ]
    keys = [
        posted(f"/accounts/2fa/webauthn/{page}/", who, credential="[" * 100_000)
        for page, who in (("login", "anonymous"), ("add", "participant"))
    ]
    return tickets + keys


def addresses() -> list[Asked]:
    pages = [f"/accounts/{page}" for page in ACCOUNT_PAGES] + ["/admin/login/"]
    bad = [quote(text, safe="") for text in ("http://[", "\\\\[", "//[::1")]
    asked = [
        Asked("GET", f"{page}?next={bad[0]}", who)
        for page in pages
        for who in ("anonymous", "participant")
        if (page, who) != ("/accounts/logout/", "participant")
    ]
    asked += [Asked("GET", f"/accounts/login/?next={text}") for text in bad]
    asked += [
        posted(page, "anonymous", next="http://[", login="a@example.org", password="x")
        for page in pages
    ]
    asked += [
        Asked("GET", "/?a=%00", headers=(("Referer", "http://["),)),
        Asked("POST", "/verify/", headers=(("Origin", "http://["),)),
        Asked("GET", "/?a=%00", headers=(("Accept", "text/html;q*=a''1"),)),
        Asked("GET", "/me/", headers=(("Host", "["),)),
        Asked("GET", "/me/", headers=(("Host", "[::1"),)),
    ]
    return asked


def filters() -> list[Asked]:
    huge = "9" * 20
    desk = {
        DESK: (
            f"competition__id__exact={huge}", "competition__id__exact=abc", "p=abc",
            f"p={huge}", "o=abc", f"o={huge}", "_facets=abc", "queue=nonsense", "e=1",
            "nonsense=1", "participant__email__regex=[", "title__isnull=maybe",
            f"id__in={huge},abc", "id__range=1", f"id__range={huge}", "id__range=1,2,3",
            "participant__email__range=abc", f"p={'9' * 5000}",
            *(f"{name}={quote('²')}" for name in ("p", "o", "e", "queue", "beside")),
            *(f"{name}={quote('²')}" for name in ("participant__id__exact", "id__in")),
        ),
        "/admin/competitions/competition/": (
            "closes_at__year=9999", "closes_at__year=0", "closes_at__year=99999",
            "closes_at__year=1", "closes_at__year=9999&closes_at__month=12",
            "closes_at__year=9999&closes_at__month=12&closes_at__day=31",
            "closes_at__year=2026&closes_at__month=13", "closes_at__year=abc",
            "closes_at__gte=infinity", "state__exact=nonsense",
        ),
        "/admin/accounts/user/": (f"is_staff__exact={huge}", "is_staff__exact=abc"),
    }  # fmt: skip
    asked = [
        Asked("GET", f"{page}?{query}", "superuser")
        for page, queries in desk.items()
        for query in queries
    ]
    names = ("accounts/user", "submissions/submission", "competitions/competition")
    asked += [
        Asked("GET", f"/admin/{name}/{key}/{page}/", "superuser")
        for name in names
        for key in (huge, "9" * 5000, "abc", "-1")
        for page in ("change", "history", "delete")
    ]
    asked += [
        Asked("GET", f"/admin/{name}/1/{page}/?_to_field=", "superuser")
        for name in names
        for page in ("change", "delete")
    ]
    told = "app_label=accounts&model_name=membership&field_name=user"
    asked += [
        Asked("GET", f"/admin/autocomplete/?{query}", "superuser")
        for query in (f"{told}&term=%FF&page={huge}", f"{told}&page=abc", "app_label=x")
    ]
    return asked


def dates(organization: str) -> list[Asked]:
    """What forms of the desk take for dates and durations."""
    page = "/admin/competitions/competition/add/"
    zones = ("Factory", "localtime", "America/New_York", "Europe/Athens")
    days = ("9999-12-31", "0001-01-01", "10000-01-01", "2026-13-45")
    usual = {
        "title": "A", "slug": "a", "organization": organization, "max_entries": "3",
        "max_megabytes": "5", "upload_window": "00:15:00",
        "declared_upload_window": "24:00:00", "time_zone": "UTC",
        "opens_at_1": "00:00", "closes_at_1": "23:59",
        "categories-TOTAL_FORMS": "0", "categories-INITIAL_FORMS": "0",
        "prizes-TOTAL_FORMS": "0", "prizes-INITIAL_FORMS": "0",
    }  # fmt: skip
    asked = [
        posted(page, "superuser", **(usual | {
            "slug": f"d{number}-{place}", "time_zone": zone, "opens_at_0": "2026-01-01",
            "closes_at_0": day,
        }))
        for number, day in enumerate(days)
        for place, zone in enumerate(zones)
    ]  # fmt: skip
    asked += [
        posted(page, "superuser", **(usual | {"slug": f"w{number}", name: window}))
        for number, window in enumerate(("3000000 00:00:00", "-1", "9" * 30, "P9999Y"))
        for name in ("upload_window", "declared_upload_window")
    ]
    asked.append(
        posted(page, "superuser", **(usual | {
            "slug": "early", "time_zone": "Europe/Athens", "opens_at_0": "0001-01-01",
            "closes_at_0": "2026-01-01",
        }))
    )  # fmt: skip
    return [*asked, Asked("GET", "/admin/competitions/competition/", "superuser")]


def others(room: str) -> list[Asked]:
    """Where no protection of its own is known; they must only be no 500."""
    words = {"competition": room.split("/")[2], "title": "a\0b", "accept_rules": "on"}
    told = ",".join(
        f"{name} {base64.b64encode(text.encode()).decode()}"
        for name, text in words.items()
    )
    metadata = ("Upload-Metadata", told)
    tus = (("Tus-Resumable", "1.0.0"), ("Upload-Length", "10"))
    return [
        Asked("POST", "/uploads/", "participant", (*tus, metadata), b""),
        Asked("GET", f"{room}books/?after={'9' * 5000}"),
        Asked("GET", f"{room}books/?after={quote('²')}"),
        Asked("GET", f"{DESK}queue/?after={quote('²')}&go={quote('²')}", "moderator"),
        Asked("GET", f"{DESK}queue/?decided={quote('²')}", "moderator"),
        Asked("GET", "/%FF%FE/"),
        Asked("GET", "/%zz%"),
        Asked("GET", "/?%zz=%"),
        Asked("GET", "/", headers=(("Accept-Language", "x" * 5000),)),
        # The refusal's page asked for a host that could not be read.
        Asked("POST", "/accounts/signup/?q=%00", headers=(("Host", "http://["),)),
        Asked("GET", "/", headers=(("If-Modified-Since", "Xyz, 99 Foo 99999"),)),
        Asked("GET", "/", headers=(("X-Forwarded-For", "999.1.1.1, x"),)),
        posted("/accounts/2fa/webauthn/add/", "participant", credential="{}"),
        posted("/accounts/2fa/webauthn/login/", "anonymous", credential="{}"),
        posted("/accounts/2fa/webauthn/login/", "anonymous", credential="[]"),
        posted(
            "/accounts/2fa/webauthn/login/", "anonymous",
            credential='{"id": 5, "rawId": [], "type": "public-key", "response": {}}',
        ),
    ]  # fmt: skip
