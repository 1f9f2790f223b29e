"""Who reads a result, and what the page shows of it."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.urls import reverse

from mycenas.core.canonical import sha256
from submissions.judging.publishing import views
from submissions.judging.publishing.standings import standings_of
from submissions.judging.publishing.workflow import seal
from submissions.judging.states import RoundState
from tests.database.tools import drop_guard, raw
from tests.factories import UserFactory, disqualify, organizer_of
from tests.submissions.judging.publishing.rounds import (
    close,
    close_below_quorum,
    publish,
    scored,
    sealed,
)

pytestmark = pytest.mark.django_db


def address(jury, name="result"):
    return reverse(f"submissions:{name}", args=[jury.competition.slug, jury.round.pk])


def listed(jury):
    return reverse("submissions:results", args=[jury.competition.slug])


def test_a_published_result_is_for_everybody(client):
    jury, result = sealed()
    publish(jury)
    page = client.get(address(jury)).content.decode()
    for entry in jury.entries:
        assert entry.get_absolute_url() in page
    assert result.ranking_sha256 in page
    assert result.inputs_sha256 in page
    assert "2 jurors, 5 scores, 0 recusals" in page
    assert jury.round.name in client.get(listed(jury)).content.decode()


@pytest.mark.parametrize("name", ["result", "results_zip"])
def test_a_result_that_is_not_published_is_for_organizers_alone(
    client, signed_in, name
):
    jury, _ = sealed()
    strangers = (UserFactory(), jury.jurors[0].user, jury.entries[0].participant)
    assert client.get(address(jury, name)).status_code == 404
    for person in strangers:
        assert signed_in(person).get(address(jury, name)).status_code == 404
    organizer = organizer_of(jury.competition)
    assert signed_in(organizer).get(address(jury, name)).status_code == 200


def test_a_list_leaves_out_what_is_not_published(client, signed_in):
    jury, _ = sealed()
    assert jury.entries[1].public_id not in client.get(listed(jury)).content.decode()
    page = signed_in(organizer_of(jury.competition)).get(listed(jury))
    assert "only organizers see this result" in page.content.decode()


def test_an_open_round_has_no_page_even_for_organizers(signed_in):
    jury = scored()
    organizer = signed_in(organizer_of(jury.competition))
    assert organizer.get(address(jury)).status_code == 404
    close(jury)
    assert organizer.get(address(jury)).status_code == 404


def test_a_result_of_another_competition_is_not_there(client):
    (jury, _), (other, _) = sealed(), sealed()
    publish(jury)
    publish(other)
    mixed = reverse("submissions:result", args=[jury.competition.slug, other.round.pk])
    assert client.get(mixed).status_code == 404


def test_an_organizer_publishes_with_the_button_of_the_page(signed_in):
    jury, _ = sealed()
    publishing = address(jury, "publish_result")
    for person in (UserFactory(), jury.jurors[0].user):
        assert signed_in(person).post(publishing).status_code == 404
    organizer = signed_in(organizer_of(jury.competition))
    assert publishing in organizer.get(address(jury)).content.decode()
    assert organizer.get(publishing)["Location"] == address(jury)
    answer = organizer.post(publishing, follow=True)
    assert "The result is public now." in answer.content.decode()
    jury.round.refresh_from_db()
    assert jury.round.state == RoundState.PUBLISHED
    assert publishing not in answer.content.decode()


def test_the_page_of_the_competition_leads_to_published_results(client):
    jury, _ = sealed()
    page = jury.competition.get_absolute_url()
    assert listed(jury) not in client.get(page).content.decode()
    publish(jury)
    assert listed(jury) in client.get(page).content.decode()


def test_a_second_press_of_the_button_is_refused_in_words(signed_in):
    jury, _ = sealed()
    organizer = signed_in(organizer_of(jury.competition))
    publishing = address(jury, "publish_result")
    assert organizer.post(publishing).status_code == 302
    answer = organizer.post(publishing)
    assert answer.status_code == 409
    assert "“published”" in answer.content.decode()


def test_a_disqualified_entry_leaves_and_its_gap_is_closed(client):
    jury, result = sealed()
    publish(jury)
    disqualify(jury.entries[1])
    page = client.get(address(jury)).content.decode()
    assert jury.entries[1].public_id not in page
    (standing,) = standings_of(jury.competition)
    places = [(one.number, one.entry.pk) for one in standing.places]
    assert places == [(1, jury.entries[2].pk), (2, jury.entries[0].pk)]
    assert result.ranking_sha256 in page


def test_the_page_shows_means_before_and_after_and_anonymized_scores():
    jury, _ = sealed()
    (standing,) = standings_of(jury.competition, with_closed=True)
    first, second, third = standing.places
    assert (first.before, first.points) == ("7.00", "6.80")
    assert (second.before, second.points) == ("5.00", "5.80")
    assert (third.before, third.points) == ("5.00", "4.80")
    assert len(first.scores) == 2
    assert sorted(one.split(": ")[1] for one in first.scores) == ["6", "8"]
    assert {one.split(": ")[0] for one in first.scores} == {"juror 1", "juror 2"}
    assert "lenient" in " ".join(standing.method)


def test_entries_with_fewer_scores_are_listed_apart(client):
    points = (("4", "6", None), ("6", None, None))
    jury = close_below_quorum(scored(points, quorum=2))
    seal(jury.round)
    publish(jury)
    (standing,) = standings_of(jury.competition)
    assert standing.unranked == [jury.entries[2]]
    assert standing.below_quorum == [(jury.entries[1], 1)]
    page = client.get(address(jury)).content.decode()
    assert "not ranked" in page
    assert "One juror is ill." in page


def test_a_blind_competition_names_no_artist(client):
    jury, _ = sealed()
    publish(jury)
    artist = jury.entries[0].participant
    artist.name = "Ada of the hidden name"
    artist.save()
    addresses = (address(jury), listed(jury))
    for one in addresses:
        assert artist.name in client.get(one).content.decode()
    drop_guard("competition_blind_stays")
    raw("UPDATE competitions_competition SET blind = true")
    for one in addresses:
        assert artist.name not in client.get(one).content.decode()


def test_the_package_holds_the_sealed_documents(client):
    jury, result = sealed()
    publish(jury)
    answer = client.get(address(jury, "results_zip"))
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        assert sha256(package.read("result.json")) == result.ranking_sha256
        assert sha256(package.read("inputs.json")) == result.inputs_sha256
        assert b"Counts a round of Mycenas again" in package.read("replay.py")


def test_a_long_ranking_has_pages(client, monkeypatch):
    jury, _ = sealed()
    publish(jury)
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    first = client.get(address(jury)).content.decode()
    assert "?from=3" in first
    last = client.get(address(jury), {"from": "3"}).content.decode()
    shown = [one.public_id for one in jury.entries if one.public_id in last]
    assert len(shown) == 1
    assert shown[0] not in first


@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "٣", ""])
def test_a_page_that_begins_nowhere_is_not_found(client, value):
    jury, _ = sealed()
    publish(jury)
    assert client.get(address(jury), {"from": value}).status_code == 404
