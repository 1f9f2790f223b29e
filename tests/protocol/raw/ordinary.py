"""Names by which clients say that a file is a part, and what ordinary clients say."""

from __future__ import annotations

import itertools
import random

import pytest

# By which clients of other protocols say which part of a file they send, how long the
# whole is, or what its digest is.
_USED = """
Upload-Offset Upload-Length Upload-Checksum Upload-Concat X-Chunk-Number Dz-Chunk-Index
OC-Chunked OC-Total-Length X-Ms-Range X-Oss-Position X-Goog-Upload-Offset
X-Goog-Upload-Command X-Upload-Content-Length X-File-Size X-Amz-Decoded-Content-Length
X-Amz-Content-Sha256 X-Amz-Checksum-Sha256 X-Amz-Copy-Source-Range X-Bz-Content-Sha1
X-Bz-Part-Number X-Goog-Hash OC-Checksum ETag X-HTTP-Method-Override X-Slice-Index
X-Goog-Upload-Raw-Size Dropbox-API-Arg Session-ID X-Session-ID X-Upload-Id Block-Id
X-Part X-Index X-Start-Byte X-End X-Sequence Slice Trailer Content-Location Link
X-Upload-Draft-Interop-Version Upload-Draft-Interop-Version X-Resumable-Chunk-Size
X-Akamai-ACS-Action X-Vercel-Digest X-Amzn-Fragment-Number X-Forwarded-Range
"""
USED = _USED.split()
BEGINNINGS = (
    "", "x-", "my-", "content-", "x-upload-", "file-", "x-amz-", "x-goog-", "x-amzn-",
    "x-akamai-", "x-vercel-", "x-forwarded-", "cf-", "fly-", "x-azure-", "hx-",
)  # fmt: skip
MIDDLES = (
    "piece", "blk", "chunk", "seg", "slice", "span", "portion", "first", "rest", "pos",
    "teil", "crc32c", "whole", "volume",
)  # fmt: skip
ENDS = ("", "-no", "-index", "-of", "-size", "-total", "-start", "-id")
# What a form, JSON or a query names them.
_FIELDS = """
chunk chunks chunkIndex totalChunks dzchunkindex dztotalchunkcount flowChunkNumber
resumableChunkNumber qqpartindex qqtotalfilesize partNumber uploadId fileSize start end
total offset index blob_num last metadata name part comp blockid sequence
"""
FIELDS = _FIELDS.split()

CHROME = {
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
    "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
    "sec-ch-viewport-width": "1200",
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36",
    "Accept-Language": "de,en;q=0.9",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
    "DNT": "1",
    "Sec-GPC": "1",
    "Save-Data": "on",
    "Priority": "u=0, i",
    "Pragma": "no-cache",
    "TE": "trailers",
    "X-Requested-With": "XMLHttpRequest",
}
CURL = {"User-Agent": "curl/8.5.0", "Expect": "100-continue"}
PROXIES = {
    "Via": "1.1 proxy",
    "Forwarded": "for=192.0.2.1;proto=https",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Host": "example.org",
    "X-Forwarded-Server": "edge-1",
    "X-Real-IP": "192.0.2.1",
    "CF-Ray": "8c1",
    "CF-Connecting-IP": "192.0.2.1",
    "CDN-Loop": "cloudflare",
    "X-Amzn-Trace-Id": "Root=1-67",
    "X-Amz-Cf-Id": "a==",
    "CloudFront-Viewer-Country": "DE",
    "X-Cloud-Trace-Context": "1/2;o=1",
    "X-Envoy-Attempt-Count": "1",
    "X-Azure-Ref": "0",
    "X-ARR-LOG-ID": "1",
    "X-Request-ID": "1",
    "X-Correlation-ID": "1",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "tracestate": "a=b",
    "baggage": "a=b",
    "X-B3-TraceId": "1",
    "x-datadog-parent-id": "1",
    "sentry-trace": "1-1",
}
PROGRAM = {"Accept": "application/json", "Idempotency-Key": "one"}
PROGRAMS = {
    "browser": CHROME,
    "curl": CURL,
    "proxy": PROXIES,
    "api": PROGRAM,
}
CLIENTS = pytest.mark.parametrize("said", PROGRAMS.values(), ids=PROGRAMS)


def invented(count: int) -> list[str]:
    """Names of which some are in no list of ours."""
    every = itertools.product(BEGINNINGS, MIDDLES, ENDS)
    names = ["".join(words) for words in every]
    return random.Random(10).sample(names, count)
