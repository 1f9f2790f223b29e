"""Every server of a comparison, running side by side, and how a file is sent to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.phase_one import sending
from benchmarks.phase_one.load import Act
from benchmarks.phase_one.processes import ROOT, Web, granian, uvicorn
from benchmarks.phase_one.sending import Ticket, at_once
from benchmarks.phase_one.site import Site
from tests.camera import photograph

BASE = "bare ASGI with its row, uvicorn"
GUARDED = "the same with the site's two statements"
RAW = "Mycenas, raw: PUT to a ticket"
PATCH = "Mycenas, tus: PATCH to a ticket"
FORM = "Mycenas, multipart: ticket and file"
ARRIVAL = "Mycenas, an arrival alone"
WSGI = "bare WSGI with its row, granian"
PLAIN = "Django FileField form, granian"
THUMBNAILS = "the same with thumbnails, granian"
NODE = "@tus/server: POST and PATCH"
NODE_CREATION = "@tus/server: creation-with-upload"
# They need tickets.
TICKETED = (GUARDED, RAW, PATCH, FORM, ARRIVAL)

PEERS = "benchmarks.phase_one.peers"
# Four megapixels, as an older phone takes them.
PHOTO = (2304, 1728)
NO_NODE = (
    "needs Node and a folder with @tus/server 2.4.5 and @tus/file-store 2.1.1 below "
    "its node_modules; name the folder in TUS_SERVER"
)

MakeAct = Callable[[Ticket, int], Act]


@dataclass(frozen=True)
class Variant:
    """A running server and the way a file takes to it; ``share`` of the usual count."""

    web: Web
    act: MakeAct
    share: float = 1.0


@dataclass
class Field:
    """All that takes part."""

    variants: dict[str, Variant] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def ours(web: Web) -> dict[str, Variant]:
    """The site's own ways in."""
    ways = {
        RAW: sending.raw,
        PATCH: sending.tus_patch,
        FORM: sending.entry_form,
        ARRIVAL: sending.arrival,
    }
    return {name: Variant(web, partial(at_once, make)) for name, make in ways.items()}


@contextmanager
def everything(site: Site) -> Iterator[Field]:
    """The site and all peers; those that cannot run here are told with the reason."""
    with ExitStack() as stack:
        start = stack.enter_context
        bare = start(site.peer("asgi", uvicorn(f"{PEERS}.bare_asgi:application")))
        guarded = uvicorn(f"{PEERS}.guarded_asgi:application")
        wsgi = granian(f"{PEERS}.bare_wsgi:application", "wsgi", *WSGI_THREADS)
        django = granian(f"{PEERS}.django_form:application", "wsgi", *WSGI_THREADS)
        form_server = start(site.peer("form", django))
        photo = photograph(1, size=PHOTO, quality=80)
        found = Field(
            {
                BASE: Variant(bare, partial(at_once, sending.bare)),
                GUARDED: Variant(
                    start(site.peer("guarded", guarded)), partial(at_once, sending.raw)
                ),
                **ours(start(site.web())),
                WSGI: Variant(
                    start(site.peer("wsgi", wsgi)), partial(at_once, sending.bare)
                ),
                PLAIN: Variant(form_server, partial(at_once, sending.plain_form)),
                THUMBNAILS: Variant(
                    form_server,
                    partial(at_once, partial(sending.thumbnail_form, photo)),
                    share=0.1,
                ),
            }
        )
        _add_node(site, found, stack)
        yield found


# As the figures of docs/adr/0015 have it best for threads.
WSGI_THREADS = ("--blocking-threads", "4")


def _add_node(site: Site, found: Field, stack: ExitStack) -> None:
    folder = Path(os.environ.get("TUS_SERVER", ROOT))
    node = shutil.which("node")
    has_it = (folder / "node_modules" / "@tus" / "server").is_dir()
    if node is None or not has_it:
        found.skipped |= {NODE: NO_NODE, NODE_CREATION: NO_NODE}
        return
    site.environment["PEER_MODULES"] = str(folder)
    script = str(ROOT / "benchmarks" / "phase_one" / "peers" / "tus_server.mjs")
    web = stack.enter_context(site.peer("node", [node, script]))
    found.variants[NODE] = Variant(web, sending.node_post_and_patch)
    found.variants[NODE_CREATION] = Variant(
        web, partial(at_once, sending.node_creation)
    )
