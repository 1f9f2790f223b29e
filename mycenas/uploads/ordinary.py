"""What an ordinary request says, which never makes its body a part of a file.

A file whose size or SHA-256 was declared is whole when it equals them. Of another file
only its bytes are known. Other protocols say in headers, parameters and fields which
part of a file they send, and no list of those can be complete. So a request with such
a file may only have what is listed here; anything else is refused, by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

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
# judged by their values elsewhere; Fetch lets only browsers set names with sec-.
_CLIENTS = b"""
accept accept-charset accept-encoding accept-language authorization cache-control
connection content-encoding content-language content-length content-transfer-encoding
cookie cookie2 date device-memory dnt downlink dpr ect expect from host hx-boosted
hx-current-url hx-history-restore-request hx-prompt hx-request hx-target hx-trigger
hx-trigger-name http2-settings idempotency-key if-match if-modified-since if-none-match
if-unmodified-since keep-alive max-forwards mime-version origin pragma priority
proxy-authorization proxy-connection purpose referer rtt save-data sec-browsing-topics
sec-gpc sec-purpose te transfer-encoding
tus-resumable ua-cpu upgrade upgrade-insecure-requests user-agent viewport-width width
x-csrf-token x-csrftoken x-do-not-track x-moz x-operamini-features x-operamini-phone
x-operamini-phone-ua x-purpose x-requested-with x-ucbrowser-ua x-wap-profile
x-xsrf-token
"""
# Of proxies and load balancers.
_PROXIES = b"""
cdn-loop client-ip forwarded front-end-https remote-user ssl-client-cert
ssl-client-i-dn ssl-client-s-dn ssl-client-serial ssl-client-verify surrogate-capability
true-client-ip via wl-proxy-client-cert wl-proxy-client-ip wl-proxy-ssl
x-auth-request-access-token x-auth-request-email x-auth-request-groups
x-auth-request-preferred-username x-auth-request-user x-authenticated-groups
x-authenticated-user x-bluecoat-via x-client-cert x-client-ip x-cluster-client-ip
x-envoy-attempt-count x-envoy-decorator-operation x-envoy-expected-rq-timeout-ms
x-envoy-external-address x-envoy-internal x-envoy-original-path x-envoy-peer-metadata
x-envoy-peer-metadata-id x-forefront-cachekey x-forwarded x-forwarded-by
x-forwarded-client-cert x-forwarded-email x-forwarded-for x-forwarded-groups
x-forwarded-host x-forwarded-method x-forwarded-path x-forwarded-port
x-forwarded-preferred-username x-forwarded-prefix x-forwarded-proto
x-forwarded-protocol x-forwarded-scheme x-forwarded-server x-forwarded-ssl
x-forwarded-tls-client-cert x-forwarded-tls-client-cert-info x-forwarded-uri
x-forwarded-user x-host x-imforwards x-istio-attributes x-iwproxy x-loop-control
x-nginx-proxy x-original-forwarded-for x-original-host x-original-proto x-original-uri
x-original-url x-originating-ip x-proxy-id x-proxyuser-ip x-real-host x-real-ip
x-real-port x-rewrite-url x-scheme x-ssl-cert x-ssl-cipher x-ssl-client-cert
x-ssl-client-cn x-ssl-client-dn x-ssl-client-verify x-ssl-protocol x-url-scheme
x-varnish z-forwarded-for
"""
# Of content delivery networks and hosters.
_NETWORKS = b"""
akamai-origin-hop cf-access-authenticated-user-email cf-access-client-id
cf-access-client-secret cf-access-jwt-assertion cf-connecting-ip cf-connecting-ipv6
cf-connecting-o2o cf-device-type cf-ew-via cf-ipcity cf-ipcontinent cf-ipcountry
cf-iplatitude cf-iplongitude cf-metro-code cf-postal-code cf-pseudo-ipv4 cf-ray
cf-region cf-region-code cf-request-id cf-timezone cf-visitor cf-warp-tag-id cf-worker
cloudfront-forwarded-proto cloudfront-is-android-viewer cloudfront-is-desktop-viewer
cloudfront-is-ios-viewer cloudfront-is-mobile-viewer cloudfront-is-smarttv-viewer
cloudfront-is-tablet-viewer cloudfront-viewer-address cloudfront-viewer-asn
cloudfront-viewer-city cloudfront-viewer-country cloudfront-viewer-country-name
cloudfront-viewer-country-region cloudfront-viewer-country-region-name
cloudfront-viewer-header-count cloudfront-viewer-header-order
cloudfront-viewer-http-version cloudfront-viewer-ja3-fingerprint
cloudfront-viewer-ja4-fingerprint cloudfront-viewer-latitude
cloudfront-viewer-longitude cloudfront-viewer-metro-code cloudfront-viewer-postal-code
cloudfront-viewer-time-zone cloudfront-viewer-tls do-connecting-ip fastly-client
fastly-client-ip fastly-ff fastly-orig-accept-encoding fastly-ssl fastly-temp-xff
fly-client-ip fly-forwarded-port fly-forwarded-proto fly-forwarded-ssl fly-region
fly-request-id fly-trace-id incap-client-ip incap-proxy-cuid ngrok-skip-browser-warning
ngrok-trace-id rndr-id tailscale-user-login tailscale-user-name
tailscale-user-profile-pic x-akamai-config-log-detail x-akamai-device-characteristics
x-akamai-edgescape x-amz-cf-id x-amzn-mtls-clientcert x-amzn-mtls-clientcert-leaf
x-amzn-oidc-accesstoken x-amzn-oidc-data x-amzn-oidc-identity
x-amzn-tls-cipher-suite x-amzn-tls-version x-amzn-trace-id x-appengine-citylatlong
x-appengine-city x-appengine-country x-appengine-default-version-hostname
x-appengine-https x-appengine-region x-appengine-remote-addr
x-appengine-request-log-id x-appengine-timeout-ms x-appengine-user-ip
x-arr-clientcert x-arr-log-id x-arr-ssl x-azure-clientip x-azure-fdid
x-azure-ja4-fingerprint x-azure-ref x-azure-requestchain x-azure-socketip x-client-port
x-fd-clienthttpversion
x-fd-clientip x-fd-edgeenvironment x-fd-healthprobe x-fd-originalurl x-fd-partner
x-fd-routekey x-fd-socketip x-goog-authenticated-user-email
x-goog-authenticated-user-id x-goog-iap-jwt-assertion x-ms-client-principal
x-ms-client-principal-id x-ms-client-principal-idp x-ms-client-principal-name
x-railway-edge x-railway-request-id x-sucuri-clientip x-sucuri-country
x-vercel-deployment-url x-vercel-forwarded-for x-vercel-id x-vercel-ip-as-number
x-vercel-ip-city x-vercel-ip-continent x-vercel-ip-country x-vercel-ip-country-region
x-vercel-ip-latitude x-vercel-ip-longitude x-vercel-ip-postal-code
x-vercel-ip-timezone x-vercel-ja4-digest x-vercel-proxied-for
x-vercel-proxy-signature x-vercel-proxy-signature-ts
"""
# Of tracing.
_TRACES = b"""
b3 baggage connect-time correlation-context correlation-id elastic-apm-traceparent
grpc-trace-bin newrelic ot-tracer-sampled ot-tracer-spanid ot-tracer-traceid request-id
sentry-trace singularityheader total-route-time traceparent tracestate uber-trace-id
x-b3-flags x-b3-parentspanid x-b3-sampled x-b3-spanid x-b3-traceid
x-cloud-trace-context x-correlation-id x-correlationid x-datadog-origin
x-datadog-parent-id x-datadog-sampling-priority x-datadog-tags x-datadog-trace-id
x-dynatrace x-honeycomb-trace x-instana-l x-instana-s x-instana-t x-newrelic-id
x-newrelic-transaction x-ot-span-context x-queue-start x-request-id x-request-start
x-requestid x-trace-id x-transaction-id
"""
ORDINARY = frozenset((_CLIENTS + _PROXIES + _NETWORKS + _TRACES).split())
# Client hints and fetch metadata: browsers go on adding names to these.
BROWSER_PREFIXES = (b"sec-ch-", b"sec-fetch-")
# Digests that are compared with the body of a PUT.
COMPARED = (b"content-digest", b"repr-digest")

# What Connection may name: of further headers, each has to be ordinary itself.
HOPS = frozenset(
    (
        b"", b"close", b"http2-settings", b"keep-alive", b"proxy-connection", b"te",
        b"upgrade",
    )
)  # fmt: skip
NO_QUERY = re.compile(rb"[^?#;]*")
FORWARDED = re.compile(
    rb'((for|by|host|proto)=("[^"]*"|[^;,"]*)[;,]?[ \t]*)*', re.IGNORECASE
)

# Parameters that say nothing of a part.
PARAMETERS = {
    b"content-type": frozenset({b"", b"charset", b"boundary", b"name"}),
    b"content-disposition": frozenset({b"", b"name", b"filename", b"filename*"}),
}
QUOTED = re.compile(rb'"(?:\\.|[^"\\])*"')
# Of a PUT; other types have their own meanings.
TYPES = {
    b"content-type": re.compile(
        rb"(image/[\w.+-]+|(application|binary)/octet-stream)?", re.IGNORECASE
    ),
    b"content-disposition": re.compile(
        rb"(inline|attachment|form-data)?", re.IGNORECASE
    ),
}


def unknown_header(headers: HeaderList, method: str) -> str:
    """The first header, or parameter of one, that is not ordinary; '' without one."""
    for name, value in headers:
        if name in PARAMETERS:
            unknown = unknown_parameter(name, value)
            if unknown:
                return f"{name.decode()}; {unknown}"
            if method == "PUT" and not _is_of_file(name, value):
                return f"{name.decode()}: {value.decode('latin-1')}"
        elif not _is_ordinary(name, value, method):
            return name.decode("latin-1")
    return ""


def _is_ordinary(name: bytes, value: bytes, method: str) -> bool:
    if name in VALUES:
        return bool(VALUES[name](value.strip()))
    return (
        name in ORDINARY
        or name.startswith(BROWSER_PREFIXES)
        or (name in COMPARED and method == "PUT")
        or name.decode("latin-1") in settings.PROXY_HEADERS
    )


def _names_hops(value: bytes) -> bool:
    return {name.strip() for name in value.lower().split(b",")} <= HOPS


# Headers whose values could name a part: proxies repeat an address and a method there.
_ADDRESSES = b"""
x-original-url x-original-uri x-rewrite-url x-forwarded-uri x-forwarded-path
x-envoy-original-path x-fd-originalurl x-forwarded-prefix
"""
VALUES: dict[bytes, Callable[[bytes], object]] = {
    **dict.fromkeys(_ADDRESSES.split(), NO_QUERY.fullmatch),
    b"x-forwarded-method": re.compile(rb"PUT|POST").fullmatch,
    b"connection": _names_hops,
    b"forwarded": FORWARDED.fullmatch,
}


def parameters(value: bytes) -> list[bytes]:
    """The names of a header's parameters in lower case.

    A quote that is left over is one of them: readers differ in what it ends.
    """
    rest = QUOTED.sub(b"", value)
    names = [one.partition(b"=")[0].strip().lower() for one in rest.split(b";")[1:]]
    return [*names, b'"'] if b'"' in rest else names


def unknown_parameter(name: bytes, value: bytes, also: Iterable[bytes] = ()) -> str:
    """The first parameter of a header that is not ordinary; '' without one."""
    for key in parameters(value):
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


def _is_of_file(name: bytes, value: bytes) -> bool:
    return bool(TYPES[name].fullmatch(value.split(b";")[0].strip()))
