"""One visitor on many connections at once is one row with exact repeats."""

from __future__ import annotations

from functools import partial

import pytest
from django.test import RequestFactory

from campaigns import counting
from campaigns.models import Impression
from campaigns.states import CampaignState as C
from interactions.models import View
from interactions.workflow import count_view
from submissions.states import SubmissionState as S
from tests.factories import CampaignFactory, SubmissionFactory
from tests.races.tools import together

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 10


def test_one_visitor_on_many_connections_counts_once():
    entry = SubmissionFactory(state=S.APPROVED)
    campaign = CampaignFactory(state=C.RUNNING)
    request = RequestFactory().get("/")
    together(*[partial(count_view, entry, request)] * MANY)
    assert View.objects.get().repeats == MANY - 1
    shown = [
        partial(counting.count_impression, counting.new_showing(campaign), request)
        for _ in range(MANY)
    ]
    together(*shown)
    assert Impression.objects.get().repeats == MANY - 1
    clicked = [
        partial(counting.count_click, counting.new_showing(campaign), request)
        for _ in range(MANY)
    ]
    together(*clicked)
    row = Impression.objects.get()
    assert (row.repeats, row.click.repeats) == (MANY - 1, MANY - 1)


@pytest.mark.parametrize("count", [counting.count_impression, counting.count_click])
def test_one_showing_used_by_many_visitors_at_once_is_one_row(count):
    showing = counting.new_showing(CampaignFactory(state=C.RUNNING))
    visitors = [
        RequestFactory().get("/", REMOTE_ADDR=f"198.51.{number}.7")
        for number in range(MANY)
    ]
    outcomes = together(*[partial(count, showing, one) for one in visitors])
    assert outcomes == [None] * MANY
    row = Impression.objects.get()
    repeats = row.click.repeats if count is counting.count_click else row.repeats
    assert repeats == MANY - 1
