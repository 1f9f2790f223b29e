"""Headers in a part of a form that say that its bytes are not the value itself."""

from __future__ import annotations

from django.utils.translation import gettext as _

from mycenas.core.http.errors import ProblemError
from mycenas.uploads.whole import MAIL_ENCODING, UNCHANGED

# The headers, with the values that still mean "as it is" (RFC 2045 section 6.2,
# RFC 9110 section 8.4).
PLAIN_VALUES: dict[bytes, frozenset[bytes]] = {
    b"content-encoding": frozenset((b"identity",)),
    MAIL_ENCODING: frozenset(UNCHANGED),
    b"content-range": frozenset(),
    b"x-content-range": frozenset(),
}
# Headers with a digest of the part's bytes, which nothing here compares.
DIGESTS = (b"content-digest", b"repr-digest", b"digest", b"content-md5")


def check_part_header(name: bytes, value: bytes) -> None:
    """Refuse a header (its name in lower case) of an encoded part or with a digest."""
    if name in PLAIN_VALUES and value.strip().lower() not in PLAIN_VALUES[name]:
        sentence = _(
            "A part of the form is encoded or is a part of a file "
            "(Content-Encoding, Content-Transfer-Encoding or Content-Range). Send "
            "the texts and the file as they are."
        )
        raise ProblemError(sentence, status=400, code="encoded_part")
    if name in DIGESTS:
        sentence = _(
            "A part of the form has a digest (%(name)s), which is not compared "
            "there. Leave it out, or send the file by PUT with its digest."
        ) % {"name": name.decode()}
        raise ProblemError(sentence, status=400, code="bad_digest")
