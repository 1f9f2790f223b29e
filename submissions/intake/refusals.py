"""What the door itself refuses, before any page has seen the request."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping

from mycenas.core.problems import phrase
from submissions.intake.answers import Answer
from submissions.intake.asgi_types import HeaderList
from submissions.intake.quotas import Delay, Quota

# Takes an English sentence, gives it in the site's language.
Translate = Callable[[str], str]

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{sentence}</p>
</main>
</body>
</html>
"""
PROBLEM = b"application/problem+json"
PAGE = b"text/html; charset=utf-8"
# For answers that no page has made: nothing may be done with them.
GUARDS: HeaderList = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]


def gettext_noop(text: str) -> str:
    """Mark a sentence for translation; `Refusals` translates."""
    return text


NOT_ACCEPTED = gettext_noop("This could not be accepted")


class TurnedAway(Exception):
    """A request ends here: a status, a stable code and one sentence for people.

    ``parameters`` fill the translated sentence and are given to programs as they are.
    ``retry_after`` is in seconds; a ``quota`` brings it along.
    """

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        parameters: Mapping[str, int] | None = None,
        *,
        retry_after: int | None = None,
        quota: Quota | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.parameters = dict(parameters or {})
        self.headers: HeaderList = []
        if retry_after is not None:
            self.headers.append((b"retry-after", str(retry_after).encode()))
        if quota is not None:
            self.headers += [
                (name.lower().encode(), value.encode())
                for name, value in quota.headers.items()
            ]


class Later(TurnedAway):
    """503: nothing is wrong with it, it must only come later."""

    def __init__(self, delay: Delay) -> None:
        self.delay = delay
        super().__init__(
            503, delay.code, delay.sentence, delay.parameters, quota=delay.quota
        )


class Refusals:
    """Renders refusals as a page or as problem details (RFC 9457)."""

    def __init__(self, translate: Translate = str, language: str = "en") -> None:
        self._translate = translate
        self._language = language

    def answer(self, refusal: TurnedAway, *, as_json: bool) -> Answer:
        sentence = self._translate(refusal.sentence) % {
            name: f"{value:,}" for name, value in refusal.parameters.items()
        }
        content_type = PROBLEM if as_json else PAGE
        text = self._problem(refusal, sentence) if as_json else self._page(sentence)
        body = text.encode()
        headers = [
            (b"content-type", content_type),
            (b"content-length", str(len(body)).encode()),
            *GUARDS,
            *refusal.headers,
        ]
        return Answer.of_bytes(refusal.status, headers, body)

    def _problem(self, refusal: TurnedAway, sentence: str) -> str:
        problem = {
            "type": f"urn:mycenas:problem:{refusal.code}",
            "title": phrase(refusal.status),
            "status": refusal.status,
            "detail": sentence,
            "code": refusal.code,
            **refusal.parameters,
        }
        return json.dumps(problem)

    def _page(self, sentence: str) -> str:
        return _PAGE.format(
            language=html.escape(self._language),
            title=html.escape(self._translate(NOT_ACCEPTED)),
            sentence=html.escape(sentence),
        )
