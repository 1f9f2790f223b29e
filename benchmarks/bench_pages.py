"""What public pages cost beside the least that could show the same pictures.

All pages are asked for in this process, through the whole middleware. *Lean* shows the
gallery's pictures by one statement by hand and a template without includes, tags or
translations; *hello* shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, override_settings
from django.urls import include, path, reverse

from benchmarks.timing import Result, compare
from competitions.models import Competition
from tests.factories import contest

BASE = "lean: SQL by hand, plain template"
ROWS = """
SELECT entry.public_id, entry.title, artist.name, small.width, middle.width,
  middle.height, large.width
FROM submissions_submission AS entry
JOIN accounts_user AS artist ON artist.id = entry.participant_id
JOIN submissions_rendition AS small
  ON small.submission_id = entry.id AND small.width_class = 320
JOIN submissions_rendition AS middle
  ON middle.submission_id = entry.id AND middle.width_class = 960
JOIN submissions_rendition AS large
  ON large.submission_id = entry.id AND large.width_class = 1920
WHERE entry.competition_id = %s AND entry.state = 'approved'
ORDER BY entry.id LIMIT 24
"""
PAGE = Template("""<!DOCTYPE html><title>Gallery</title><ul>
{% for id, title, artist, small, width, height, large in rows %}
<li><a href="/entries/{{ id }}/"><img src="/entries/{{ id }}/960.webp"
 srcset="/entries/{{ id }}/320.webp {{ small }}w,
 /entries/{{ id }}/960.webp {{ width }}w,
 /entries/{{ id }}/1920.webp {{ large }}w" width="{{ width }}" height="{{ height }}"
 alt="{{ title }}"><cite>{{ title }}</cite> {{ artist }}</a></li>
{% endfor %}</ul>""")


@dataclass(frozen=True)
class Size:
    """How much is measured; each round asks for every page so often."""

    pictures: int = 30
    competitions: int = 3
    pages: int = 20
    rounds: int = 9


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello.")


def lean(request: HttpRequest, pk: int) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [pk])
        return HttpResponse(PAGE.render(Context({"rows": cursor.fetchall()})))


# The site with these two beside it.
urlpatterns = [
    path("hello/", hello),
    path("lean/<int:pk>/", lean),
    path("", include("mycenas.urls")),
]


def run() -> Iterator[Result]:
    yield measured(Size())


def measured(size: Size) -> Result:
    undecided = [
        contest("open", entries=size.pictures) for _ in range(size.competitions)
    ]
    decided = [contest("winner_announced", entries=3) for _ in range(size.competitions)]
    open_one, decided_one = undecided[0], decided[0]
    addresses = {
        BASE: f"/lean/{open_one.pk}/",
        "hello": "/hello/",
        "gallery": gallery(open_one),
        "gallery, decided": gallery(decided_one),
        "competition": open_one.get_absolute_url(),
        "competition, decided": decided_one.get_absolute_url(),
        "home": reverse("competitions:home"),
    }
    name = f"pages of {min(size.pictures, 24)} pictures"
    with override_settings(ROOT_URLCONF=__name__):
        site = Client(SERVER_NAME="localhost")
        acts = {
            page: partial(ask, site, address, size.pages)
            for page, address in addresses.items()
        }
        return compare(name, acts, base=BASE, rounds=size.rounds)


def gallery(competition: Competition) -> str:
    return reverse("submissions:gallery", args=[competition.slug])


def ask(site: Client, address: str, times: int) -> None:
    for _ in range(times):
        answer = site.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
