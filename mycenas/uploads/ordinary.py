"""What an ordinary request says, which never makes its body a part of a file.

A file whose size or SHA-256 was declared is whole when it equals them. Of another file
only its bytes are known. Other protocols say in headers, parameters and fields which
part of a file they send, and no list of those can be complete. So a request with such
a file may only have what is listed here; anything else is refused, by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from mycenas.core.http.errors import ProblemError
from mycenas.core.text import shown
from mycenas.uploads.asgi_types import HeaderList

# Where a view finds the name of a header that is not ordinary, "" without one. Headers
# of a request only make keys that begin with HTTP_.
UNKNOWN_KEY = "mycenas.uploads.unknown_header"

# Of HTTP, browsers and the programs that people write. Encodings and conditions are
# judged by their values elsewhere.
_CLIENTS = b"""
accept accept-charset accept-encoding accept-language authorization cache-control
connection content-encoding content-language content-length content-transfer-encoding
cookie cookie2 date device-memory dnt downlink dpr ect expect from host
idempotency-key if-match if-modified-since if-none-match if-unmodified-since
keep-alive max-forwards mime-version origin pragma priority proxy-authorization
proxy-connection purpose referer rtt save-data te transfer-encoding tus-resumable
ua-cpu upgrade upgrade-insecure-requests user-agent viewport-width width x-csrf-token
x-csrftoken x-do-not-track x-moz x-purpose x-requested-with x-wap-profile x-xsrf-token
"""
# Of proxies, load balancers and content delivery networks.
_PROXIES = b"""
cdn-loop client-ip do-connecting-ip forwarded front-end-https remote-user
surrogate-capability true-client-ip via warning x-amz-cf-id x-authenticated-groups
x-authenticated-user x-bluecoat-via x-client-ip x-cluster-client-ip x-forwarded
x-goog-iap-jwt-assertion x-host x-imforwards x-iwproxy x-loop-control x-nginx-proxy
x-original-forwarded-for x-original-host x-original-proto x-original-uri
x-original-url x-originating-ip x-proxy-id x-proxyuser-ip x-real-host x-real-ip
x-real-port x-rewrite-url x-scheme x-url-scheme x-varnish z-forwarded-for
"""
# Of tracing.
_TRACES = b"""
b3 baggage connect-time correlation-context correlation-id elastic-apm-traceparent
grpc-trace-bin newrelic request-id sentry-trace singularityheader total-route-time
traceparent tracestate uber-trace-id x-cloud-trace-context x-correlation-id
x-correlationid x-dynatrace x-honeycomb-trace x-newrelic-id x-newrelic-transaction
x-ot-span-context x-queue-start x-request-id x-request-start x-requestid x-trace-id
x-transaction-id
"""
ORDINARY = frozenset((_CLIENTS + _PROXIES + _TRACES).split())
# Names that a browser, this site's own scripts, a proxy or a tracer keeps to itself.
PREFIXES = (
    b"sec-", b"hx-", b"x-operamini-", b"x-ucbrowser-",
    b"x-forwarded-", b"x-auth-request-", b"x-ssl-", b"x-client-cert", b"ssl-client-",
    b"cf-", b"cloudfront-", b"fastly-", b"akamai-", b"x-akamai-", b"incap-",
    b"x-sucuri-", b"x-amzn-", b"x-azure-", b"x-fd-", b"x-arr-", b"x-ms-client-",
    b"x-appengine-", b"x-vercel-", b"fly-", b"rndr-", b"x-railway-", b"x-envoy-",
    b"x-istio-", b"tailscale-", b"ngrok-", b"x-zscaler-", b"x-forefront-", b"wl-proxy-",
    b"x-b3-", b"x-datadog-", b"x-instana-", b"uberctx-", b"ot-tracer-",
)  # fmt: skip
# Digests that are compared with the body of a PUT.
COMPARED = (b"content-digest", b"repr-digest")

# Parameters that say nothing of a part.
PARAMETERS = {
    b"content-type": frozenset({b"", b"charset", b"boundary", b"name"}),
    b"content-disposition": frozenset({b"", b"name", b"filename", b"filename*"}),
}
QUOTED = re.compile(rb'"(?:\\.|[^"\\])*"')
FILE_TYPE = re.compile(
    rb"(image/[\w.+-]+|(application|binary)/octet-stream)?", re.IGNORECASE
)


def unknown_header(headers: HeaderList, method: str) -> str:
    """The first header, or parameter of one, that is not ordinary; '' without one."""
    for name, value in headers:
        if name in PARAMETERS:
            unknown = unknown_parameter(name, value)
            if unknown:
                return f"{name.decode()}; {unknown}"
            if method == "PUT" and name == b"content-type" and not _is_file(value):
                return f"{name.decode()}: {value.decode('latin-1')}"
        elif not (
            name in ORDINARY
            or name.startswith(PREFIXES)
            or (name in COMPARED and method == "PUT")
            or name.decode("latin-1") in settings.PROXY_HEADERS
        ):
            return name.decode("latin-1")
    return ""


def unknown_parameter(name: bytes, value: bytes, also: Iterable[bytes] = ()) -> str:
    """The first parameter of a header that is not ordinary; '' without one."""
    for parameter in QUOTED.sub(b"", value).split(b";")[1:]:
        key = parameter.partition(b"=")[0].strip().lower()
        if key not in PARAMETERS[name] and key not in also:
            return key.decode("latin-1")
    return ""


def check_ordinary(request: HttpRequest, others: Iterable[str] = ()) -> None:
    """Refuse (400) a request with a file whose size was not declared: it may be a part.

    Refused are headers that are not ordinary, and the names ``others``, of parameters
    and fields that no code reads.
    """
    header = request.META.get(UNKNOWN_KEY, "")
    found = [header] if header else [*others]
    if found:
        sentence = _(
            "The request has “%(name)s”, which may say that its body is only a part of "
            "the file. The size of the file was not declared, so the site cannot see "
            "whether it is whole. Declare the file’s size or sha256 with its "
            "reservation (in the form its sha256), or leave “%(name)s” out."
        ) % {"name": shown(found[0])}
        raise ProblemError(sentence, status=400, code="undeclared_file")


def _is_file(content_type: bytes) -> bool:
    return bool(FILE_TYPE.fullmatch(content_type.split(b";")[0].strip()))
