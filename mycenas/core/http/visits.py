"""Which requests count as visits by a person, and which visitor they belong to.

Pages count them by a picture that they load.
"""

from __future__ import annotations

import base64
import re
from datetime import date
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.crypto import salted_hmac

from mycenas.core.http.network import client_address
from mycenas.core.http.wellformed import can_be_parsed

# What is never sent with a page that a person opens. Browsers name another purpose of a
# request than to show it now, whatever they call it.
OTHER_PURPOSES = (
    "HTTP_SEC_PURPOSE", "HTTP_X_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE",
    "HTTP_X_MOZ",
)  # fmt: skip
# Programs add these to a browser's headers: robots (RFC 9110, section 10.1.2), agents
# that sign their requests, and those that ask for a part. A service worker is a script
# that the browser fetches; the site has none that could load pages.
OF_PROGRAMS = (
    "HTTP_FROM", "HTTP_SIGNATURE_AGENT", "HTTP_RANGE", "HTTP_SERVICE_WORKER",
    "HTTP_SERVICE_WORKER_NAVIGATION_PRELOAD", "HTTP_SEC_SPECULATION_TAGS",
)  # fmt: skip
# No address that counts has a validator, so no browser asks on a condition.
CONDITION = "HTTP_IF_"
# Where a program says what it is; Chromium repeats its name in the second one, also
# when it was given another user agent.
NAMES = ("HTTP_USER_AGENT", "HTTP_SEC_CH_UA")
# What libraries of scripts send; on Android an app names itself by the same header.
BY_SCRIPT = "XMLHttpRequest"
# Programs that say what they are: crawlers, and previews of links in messages. Crawlers
# write "compatible; Name", a page or a mail address, no browser of today does.
PROGRAM = re.compile(
    r"(?<!cu)bot(\b|[/_])|crawl|spider|slurp|preview|externalhit|facebookcatalog|embedly"
    r"|whatsapp|pinterest/[0-9]|ia_archiver|monitor|compatible; ?(?!MSIE| )|https?:|@"
    r"|headless|phantomjs|lighthouse|google-|-google|googleother|ptst/"
    r"|gtmetrix|imageproxy|mailproxy|microsoft o(ffice|utlook)"
    # Programs that test, scan and fetch, also by the name of a browser.
    r"|powershell|jsdom|zgrab|nikto|httrack|wget|curl|python|scrap(y|er)|scanner"
    r"|selenium|webdriver|playwright|puppeteer|cypress/|synthetic|screenshot|uptime"
    r"|statuscake|site24x7|checkly|check(er)?/|validator|probe|fetch(er)?\b|archiver"
    r"|-user/|barracuda|proofpoint|checklink|resolver|appinsights|catchpoint|dareboost"
    r"|splash|builtwith|seo(kicks|scan|check|zoom)|ms-?office|siteimprove|wkhtmlto"
    r"|zombie\.js|slimerjs|gomezagent|favicon|devin/|agent-|pingdom|ghost inspector"
    r"|nmap|nutch|heritrix|archive\.org|censys|iframely|link ?check"
    # Libraries and tools behind the name of a browser.
    r"|http-?client|okhttp|axios|libwww|\bjava/|\bruby|httpie|postman|insomnia|sqlmap",
    re.IGNORECASE,
)
# Every browser calls itself one of these and names its engine; libraries and commands
# use their own names.
BROWSER = re.compile(r"Mozilla/|Opera/")
ENGINE = re.compile(r"Gecko|AppleWebKit/|Chrome/|Safari|Firefox/|Trident/|MSIE|Opera")
LOOPBACK = re.compile(r"(.*\.)?localhost|127\.[0-9.]+|\[::1\]")
# The families of browsers, the narrower names first; everything else is one family.
FAMILIES = re.compile(r"Firefox|FxiOS|Edg|OPR|Chrome|CriOS|Safari")


def is_seen(request: HttpRequest) -> bool:
    """Whether the picture that counts a visit is loaded by a page of this site."""
    return (
        _says(request, "Sec-Fetch-Site", "same-origin")
        and _says(request, "Sec-Fetch-Dest", "image")
        and _says(request, "Sec-Fetch-Mode", "no-cors")
        and not _is_from_elsewhere(request)
        and _takes(request, "image/")
        and is_visit(request)
    )


def is_opened(request: HttpRequest) -> bool:
    """Whether a person opens the URL as a page.

    It is not fetched as an image or by a script, which alone name an origin. A page of
    another site may lead there without a click; browsers say which navigation a person
    has started, and those that never say so count from pages of this site only.
    """
    return (
        _says(request, "Sec-Fetch-Dest", "document")
        and _says(request, "Sec-Fetch-Mode", "navigate")
        and "Origin" not in request.headers
        and _takes(request, "text/html")
        and _is_started_by_a_person(request)
        and is_visit(request)
    )


def _is_started_by_a_person(request: HttpRequest) -> bool:
    """Whether a link of this site leads there, or the browser says that a person did.

    A request that says it comes from here and from elsewhere is forged.
    """
    if _says(request, "Sec-Fetch-Site", "same-origin"):
        return not _is_from_elsewhere(request)
    return request.headers.get("Sec-Fetch-User") == "?1"


def is_visit(request: HttpRequest) -> bool:
    """Whether ``request`` is a visit by a person who is not the site's staff.

    HEAD, early loading, scripts, crawlers and link previews do not count, nor does what
    has a body or a condition. Who owns what is shown, or has a role there, is for the
    views to ask.
    """
    return (
        request.method == "GET"
        and request.META.get("CONTENT_LENGTH") in (None, "", "0")
        and not is_early(request)
        and not any(name in request.META for name in OF_PROGRAMS)
        and not any(name.startswith(CONDITION) for name in request.META)
        and request.headers.get("X-Requested-With") != BY_SCRIPT
        and not _is_program(request)
        and not getattr(request.user, "is_staff", False)
    )


def is_early(request: HttpRequest) -> bool:
    """Whether it is asked for before a person opens it, as browsers say."""
    return any(request.META.get(name, "").strip() for name in OTHER_PURPOSES)


def _is_program(request: HttpRequest) -> bool:
    """Whether a program sent it: it says so, or does not call itself a browser."""
    agent, *others = (request.META.get(name, "") for name in NAMES)
    is_browser = BROWSER.match(agent) and ENGINE.search(agent)
    return not is_browser or any(map(PROGRAM.search, (agent, *others)))


def _is_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the page that asks is one of another host, as far as it says so."""
    said = (request.META.get(name, "") for name in ("HTTP_REFERER", "HTTP_ORIGIN"))
    here = request.get_host().lower()
    return any(
        not can_be_parsed(page) or urlsplit(page).netloc.lower() != here
        for page in said
        if page
    )


def _takes(request: HttpRequest, kind: str) -> bool:
    """Whether what is shown is of a kind that the request accepts, if it says so."""
    accepted = request.META.get("HTTP_ACCEPT", "*/*").lower()
    return kind in accepted or "*/*" in accepted


def _says(request: HttpRequest, name: str, *values: str) -> bool:
    """Whether the browser says one of the values (W3C Fetch Metadata).

    All browsers since March 2023 say it over HTTPS and to the machine itself; there,
    what says nothing is a program. To other hosts over HTTP they say nothing.
    """
    said = request.headers.get(name)
    if said is None:
        host, _port = split_domain_port(request.get_host())
        return not (request.is_secure() or LOOPBACK.fullmatch(host))
    return said in values


def visitor_of(request: HttpRequest, day: date) -> str:
    """A keyed digest of the visitor, valid for one day; no address is stored.

    Known by the network (/24, or /64 of IPv6) and the family of the browser, on a phone
    or not: one network is at most a few visitors, whatever its programs call
    themselves.
    """
    address = ip_address(client_address(request))
    network = ip_network((address, 24 if address.version == 4 else 64), strict=False)
    agent = request.META.get("HTTP_USER_AGENT", "")
    family = FAMILIES.search(agent)
    browser = f"{family and family[0]} {'Mobile' in agent}"
    text = f"{day.isoformat()} {network} {browser}"
    return salted_hmac("mycenas.visitor", text, algorithm="sha256").hexdigest()[:32]


GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def pixel_response() -> HttpResponse:
    return HttpResponse(GIF, content_type="image/gif")
