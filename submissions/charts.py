"""Charts of a competition's entries: arrivals over time, and categories by state."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dateformat import format as written
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.core.charts import Chart, Series, columns, line, stacked
from mycenas.core.counts import is_kept, once_a_minute
from mycenas.core.db import database
from mycenas.core.templatetags.ui import grouped, zone_name
from mycenas.staff.dashboard import Panel, rows_of
from submissions.models import Submission
from submissions.states import SubmissionState as S

# Buckets and bars that a chart has.
MOST_BUCKETS = 92
MOST_BARS = 20
HOURLY = timedelta(days=3)
DAY = timedelta(days=1)
DAYS = (1, 7, 28, 364, 3640, 36400)


class Counts(NamedTuple):
    """How many entries are in each bucket, and in each category and state."""

    counted_at: datetime
    arrivals: dict[datetime, int]
    kinds: dict[tuple[int | None, str], int]


def panels(request: HttpRequest, competition: Any) -> list[Panel]:
    rows = rows_of(request, Submission)
    if rows is None or competition.state == CompetitionState.DRAFT:
        return []
    counts = _counts(rows.filter(competition=competition), competition)
    buckets = Buckets(competition, counts.counted_at)
    charts = (buckets.chart(counts.arrivals), _by_category(competition, counts.kinds))
    return [Panel(_("Entries"), charts, _note(competition, counts))]


def _counts(rows: QuerySet[Submission], competition: Competition) -> Counts:
    dates = (competition.opens_at, competition.closes_at, competition.zone)
    key = f"charts-{competition.pk}-{sha256(repr(dates).encode()).hexdigest()}"

    def count() -> Counts:
        now = database.now()
        return Counts(now, *_read(rows, Buckets(competition, now)))

    return once_a_minute(key, count, _number)


def _number(counts: Counts) -> int:
    return sum(counts.arrivals.values())


def _note(competition: Competition, counts: Counts) -> str:
    if not is_kept(_number(counts)):
        return ""
    sentence = gettext("Counted at %(time)s (%(zone)s), once a minute.")
    local = counts.counted_at.astimezone(competition.zone)
    return sentence % {"time": f"{local:%H:%M:%S}", "zone": zone_name(local)}


class Buckets:
    """Times of equal length, from the opening till now, by the competition's clocks.

    Hours for a few days, else days, weeks or more, so that there are never many.
    """

    def __init__(self, competition: Competition, now: datetime) -> None:
        self.zone = competition.zone
        opens, closes = competition.opens_at or now, competition.closes_at or now
        start = self._local(opens)
        self.end = max(start, self._local(min(now, closes)))
        self.step = self._step(self.end - start)
        self.start = start.replace(minute=0, second=0, microsecond=0)
        if self.step >= DAY:
            self.start = self.start.replace(hour=0)
        if self.step > DAY:
            self.start -= start.weekday() * DAY

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    @staticmethod
    def _step(length: timedelta) -> timedelta:
        if length <= HOURLY:
            return timedelta(hours=1)
        days = next(
            (n for n in DAYS if length <= n * DAY * (MOST_BUCKETS - 2)), DAYS[-1]
        )
        return days * DAY

    @property
    def starts(self) -> list[datetime]:
        number = (self.end - self.start) // self.step + 1
        return [self.start + place * self.step for place in range(number)]

    def chart(self, arrivals: dict[datetime, int]) -> Chart:
        starts = self.starts
        pattern, per, across = self._words()
        return Chart(
            title=per % {"zone": self.zone},
            across=across,
            counted=_("Entries"),
            labels=tuple(written(start, pattern) for start in starts),
            series=(
                Series(_("arrivals"), tuple(arrivals.get(one, 0) for one in starts)),
            ),
            draw=line if len(starts) > MOST_BUCKETS // 2 else columns,
        )

    def _words(self) -> tuple[str, str, str]:
        """The format of a label, the title, and what the labels are."""
        if self.step < DAY:
            title, from_hour = (
                gettext("Arrivals by hour (%(zone)s)"),
                gettext("Hour from"),
            )
            return "j M, H:00", title, from_hour
        if self.step == DAY:
            return "j M", gettext("Arrivals by day (%(zone)s)"), gettext("Day")
        title = ngettext(
            "Arrivals by week (%(zone)s)",
            "Arrivals in %(weeks)s weeks each (%(zone)s)",
            self.step.days // 7,
        )
        title = title.replace("%(weeks)s", grouped(self.step.days // 7))
        return "j M Y", title, gettext("From")


def _read(
    rows: QuerySet[Submission], buckets: Buckets
) -> tuple[dict[datetime, int], dict[tuple[int | None, str], int]]:
    columns_read = rows.order_by().values("arrived_at", "category_id", "state")
    inner, parameters = columns_read.query.sql_with_params()
    statement = f"""
        WITH entry (arrived_at, category, state) AS ({inner}),
        placed AS (SELECT date_bin(%s, arrived_at AT TIME ZONE %s, %s) AS bucket,
          category, state FROM entry)
        SELECT bucket, category, state, count(*), grouping(bucket) FROM placed
        GROUP BY GROUPING SETS ((bucket), (category, state))
    """  # noqa: S608  SQL of Django and ours
    values = [*parameters, buckets.step, str(buckets.zone), buckets.start]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall()
    arrivals = {bucket: number for bucket, _c, _s, number, other in found if not other}
    kinds = {(c, s): number for _b, c, s, number, other in found if other}
    return arrivals, kinds


def _by_category(
    competition: Competition, kinds: dict[tuple[int | None, str], int]
) -> Chart:
    names: dict[int | None, str] = {
        one.pk: one.name for one in competition.categories.all()
    }
    no_name = gettext("without a category") if names else gettext("All entries")
    if not names or any(category is None for category, _state in kinds):
        names[None] = no_name
    sizes: Counter[int | None] = Counter()
    for (category, _state), number in kinds.items():
        sizes[category] += number
    shown = sorted(names, key=lambda key: -sizes[key])
    rest = shown[MOST_BARS:]
    labels = [names[key] for key in shown[:MOST_BARS]]
    groups = [[key] for key in shown[:MOST_BARS]]
    if rest:
        labels.append(gettext("%d other categories") % len(rest))
        groups.append(rest)
    found = {state for _category, state in kinds}
    present = [state for state in S if state.value in found]
    series = tuple(
        Series(
            state.label,
            tuple(sum(kinds.get((c, state.value), 0) for c in keys) for keys in groups),
            tone=state.value,
        )
        for state in present
    )
    return Chart(
        title=_("Entries by category and state"),
        across=_("Category"),
        counted=_("Entries"),
        labels=tuple(labels),
        series=series,
        draw=stacked,
    )
