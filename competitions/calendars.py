"""What comes next in a competition, as a file for people's calendars."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from icalendar import Alarm, Calendar, Event

from competitions.models import Competition

REMIND_BEFORE = timedelta(days=1)
A_YEAR = timedelta(days=366)


def next_date(competition: Competition, now: datetime) -> datetime | None:
    """When entries open or, once they are, close; None when neither lies ahead."""
    if competition.is_cancelled:
        return None
    dates = (competition.opens_at, competition.closes_at)
    return next((date for date in dates if date and date > now), None)


def calendar_of(competition: Competition, at: datetime, now: datetime) -> bytes:
    """The moment ``at``, one of ``next_date``, as iCalendar with its time zone."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//EN")
    calendar.add("version", "2.0")
    calendar.add_component(_event(competition, at, now))
    calendar.add_missing_timezones(
        first_date=(at - A_YEAR).date(), last_date=(at + A_YEAR).date()
    )
    content: bytes = calendar.to_ical()
    return content


def _event(competition: Competition, at: datetime, now: datetime) -> Event:
    kind, sentence = _what(competition, at)
    host = urlsplit(settings.BASE_URL).hostname
    event = Event()
    event.add("uid", f"{competition.slug}-{kind}@{host}")
    event.add("dtstamp", now)
    event.add("dtstart", at.astimezone(competition.zone).replace(microsecond=0))
    summary = str(sentence) % {"title": competition.title}
    event.add("summary", summary)
    event.add("url", f"{settings.BASE_URL}{competition.get_absolute_url()}")
    event.add_component(_reminder(summary))
    return event


def _what(competition: Competition, at: datetime) -> tuple[str, str | Promise]:
    if at == competition.opens_at:
        return "opening", _("Entries open: %(title)s")
    return "deadline", _("Deadline: %(title)s")


def _reminder(summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -REMIND_BEFORE)
    alarm.add("description", summary)
    return alarm
