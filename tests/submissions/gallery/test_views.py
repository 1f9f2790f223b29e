"""Gallery, entries and pictures: what the public sees, and what it does not."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from competitions import workflow as competing
from mycenas.accounts.models import Role
from mycenas.storage import store
from submissions import access
from submissions.gallery import queries, views
from submissions.models import Submission
from submissions.processing import workflow as processing
from submissions.review import workflow as review
from submissions.states import SubmissionState as S
from submissions.templatetags import entries as tags
from tests.factories import (
    AwardFactory,
    CompetitionFactory,
    OrganizationFactory,
    PrizeFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    disqualify,
    moderator_of,
    names_of,
    organizer_of,
    staff,
)

pytestmark = pytest.mark.django_db


def gallery(competition):
    return reverse("submissions:gallery", args=[competition.slug])


def approved_entries(competition, count):
    return [
        SubmissionFactory(competition=competition, state=S.APPROVED)
        for _ in range(count)
    ]


# --- gallery


def test_the_gallery_goes_on_page_by_page(client, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    competition = CompetitionFactory(state="open")
    expected = approved_entries(competition, 5)
    SubmissionFactory(competition=competition, state=S.PENDING)
    address, seen = gallery(competition), []
    while address:
        page = client.get(address)
        seen += page.context["entries"]
        following = page.context["next_url"]
        address = following and gallery(competition) + following
    assert seen == expected


def test_a_page_stays_where_it_is_when_entries_come_and_go(client, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    competition = CompetitionFactory(state="open")
    first, second, third, fourth = approved_entries(competition, 4)
    following = client.get(gallery(competition)).context["next_url"]
    review.reopen(second, reason="Look again.", by=organizer_of(second))
    page = client.get(gallery(competition) + following)
    assert page.context["entries"] == [third, fourth]
    assert first.state == S.APPROVED


def test_a_full_last_page_has_nothing_behind_it(client, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    competition = CompetitionFactory(state="open")
    approved_entries(competition, 2)
    assert client.get(gallery(competition)).context["next_url"] == ""


def test_a_gallery_knows_only_its_own_entries(client):
    competition, foreign = CompetitionFactory(state="open"), SubmissionFactory()
    for after in (foreign.public_id, "nothing"):
        address = f"{gallery(competition)}?after={after}"
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_a_gallery_costs_the_same_with_any_number_of_entries(
    client, django_assert_num_queries, count
):
    competition = CompetitionFactory(state="open")
    approved_entries(competition, count)
    with django_assert_num_queries(3):
        client.get(gallery(competition))


@pytest.mark.parametrize("count", [1, 3])
def test_winners_cost_two_statements_more(client, django_assert_num_queries, count):
    competition = contest("winner_announced", entries=count)
    with django_assert_num_queries(5):
        client.get(gallery(competition))


@pytest.mark.parametrize("count", [1, 3])
def test_my_entries_cost_the_same_with_any_number(
    signed_in, django_assert_num_queries, count
):
    person = UserFactory()
    competition = CompetitionFactory(state="moderation")
    for _ in range(count):
        SubmissionFactory(participant=person, state=S.PENDING)
    competing.cancel(competition, reason="x", by=organizer_of(competition))
    for entry in Submission.objects.all():
        competing.cancel(entry.competition, reason="x", by=organizer_of(entry))
    client = signed_in(person)
    with django_assert_num_queries(5):
        client.get(reverse("submissions:mine"))


@pytest.mark.parametrize("count", [1, 3])
def test_open_competitions_cost_one_statement_more(
    signed_in, django_assert_num_queries, count
):
    client = signed_in(UserFactory())
    for _ in range(count):
        approved_entries(CompetitionFactory(state="open"), 2)
    with django_assert_num_queries(9):
        page = client.get(reverse("submissions:mine"))
    assert page.content.decode().count("<img") == count


def test_a_cancelled_competition_shows_nothing(client):
    (entry,) = approved_entries(CompetitionFactory(state="open"), 1)
    by = organizer_of(entry)
    assert client.get(entry.get_absolute_url()).status_code == 200
    competing.cancel(entry.competition, reason="Storm.", by=by)
    assert client.get(entry.get_absolute_url()).status_code == 404
    assert client.get(gallery(entry.competition)).context["entries"] == []


@pytest.mark.parametrize("state", [s for s in S if s != S.APPROVED])
def test_only_accepted_entries_have_a_page(client, state):
    entry = SubmissionFactory(state=state)
    assert client.get(entry.get_absolute_url()).status_code == 404


def test_winners_are_shown_once_they_are_announced(client):
    competition = contest("winner_announced")
    entry = competition.submissions.get()
    prize = competition.prizes.get().name
    for address in (
        entry.get_absolute_url(),
        gallery(competition),
        competition.get_absolute_url(),
    ):
        assert prize in client.get(address).content.decode()


def test_prizes_are_secret_until_then(client):
    competition = contest("closed")
    entry = competition.submissions.get()
    AwardFactory(submission=entry)
    page = client.get(entry.get_absolute_url())
    assert list(page.context["awards"]) == []
    assert list(queries.awards_of(competition)) == []


def test_covers_are_the_newest_accepted_entries():
    empty, other, competition = (CompetitionFactory(state="open") for _ in range(3))
    (cover,) = approved_entries(other, 1)
    _, newest = approved_entries(competition, 2)
    SubmissionFactory(competition=competition, state=S.PENDING)
    covers = tags.covers([empty, other], [competition])
    assert covers == {other.pk: cover, competition.pk: newest}
    assert tags.of(covers, competition) == newest
    assert tags.of(covers, empty) is None
    assert tags.newest_entries(competition, 1) == [newest]


def test_a_cover_is_found_by_its_index():
    """A quiet competition must not cost a walk through a busy one's entries."""
    competition = CompetitionFactory(state="open")
    approved_entries(competition, 1)
    with CaptureQueriesContext(connection) as asked:
        tags.covers([competition])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "Backward using submission_by_state" in plan
    assert ">= 'approved'" in plan


def test_an_entry_with_two_prizes_hangs_twice(django_assert_num_queries):
    competition = contest("closed")
    PrizeFactory(competition=competition)
    entry = competition.submissions.get()
    for prize in competition.prizes.all():
        AwardFactory(submission=entry, prize=prize)
    assert queries.awards_by_competition([competition]) == {}
    competing.announce_winners(competition, by=organizer_of(competition))
    with django_assert_num_queries(2):
        awards = queries.awards_by_competition([competition])[competition.pk]
        pictures = [award.submission.pictures for award in awards]
    assert pictures == [entry.pictures] * 2


def test_a_picture_names_its_sizes_and_speaks():
    entry = SubmissionFactory(state=S.PENDING, title="<Dusk>", alt_text="")
    html = tags.picture(entry, "8rem")
    at = f"/entries/{entry.public_id}"
    assert f'src="{at}/960.webp" srcset="{at}/320.webp 320w, {at}/960.webp' in html
    assert f'960w, {at}/1920.webp 1920w" sizes="8rem" width="960" height="720"' in html
    assert f'alt="“&lt;Dusk&gt;” by {entry.participant}" loading="lazy"' in html
    assert 'fetchpriority="high"' in tags.picture(entry, "8rem", eager=True)
    assert tags.picture(SubmissionFactory(state=S.RECEIVED), "8rem") == ""
    (row,) = entry.renditions.filter(width_class=320)
    assert row.url == picture(entry)


# --- pictures


def picture(entry, width=320):
    return reverse("submissions:rendition", args=[entry.public_id, width])


@pytest.fixture
def developed(jpeg):
    """Entries whose pictures are really there."""

    def develop(state):
        entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
        processing.process(entry.pk)
        entry.refresh_from_db()
        if state == S.APPROVED:
            review.approve(entry, by=organizer_of(entry), is_final=True)
        return entry

    return develop


def status_of(client, address):
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def test_a_picture_in_review_is_for_its_artist_and_their_moderators(
    client, signed_in, developed
):
    entry = developed(S.PENDING)
    elsewhere = staff(Role.MODERATOR, OrganizationFactory())
    assert status_of(client, picture(entry)) == 404
    for person, status in (
        (UserFactory(), 404),
        (elsewhere, 404),
        (moderator_of(entry), 200),
        (entry.participant, 200),
    ):
        assert status_of(signed_in(person), picture(entry)) == status


def test_an_accepted_picture_is_for_everybody(client, developed):
    answer = client.get(picture(developed(S.APPROVED), 960))
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"].startswith("public")
    assert b"".join(answer.streaming_content).startswith(b"RIFF")


def test_a_picture_that_is_private_stays_out_of_caches(signed_in, developed):
    entry = developed(S.PENDING)
    answer = signed_in(entry.participant).get(picture(entry))
    assert answer["Cache-Control"] == "private, no-store"
    assert b"".join(answer.streaming_content)


@pytest.mark.parametrize("width", ["64", "original", "0320"])
def test_there_are_no_other_sizes(client, width):
    entry = SubmissionFactory(state=S.APPROVED)
    assert client.get(f"/entries/{entry.public_id}/{width}.webp").status_code == 404


def test_a_picture_whose_file_is_gone_is_not_found(client, developed):
    entry = developed(S.APPROVED)
    store().remove_rendition(entry.rendition(320).name)
    assert client.get(picture(entry)).status_code == 404


def test_what_was_disqualified_is_no_longer_shown(client, signed_in, developed):
    entry = developed(S.APPROVED)
    disqualify(entry)
    assert status_of(client, picture(entry)) == 404
    assert status_of(signed_in(entry.participant), picture(entry)) == 200


# --- access and one's own


def test_whose_receipts_and_pictures_are_whose():
    mine, other = SubmissionFactory(), SubmissionFactory(state=S.APPROVED)
    assert list(access.receipts_of(AnonymousUser())) == []
    assert list(access.pictures_for(AnonymousUser())) == [other]
    assert list(access.receipts_of(mine.participant)) == [mine]
    assert set(access.pictures_for(mine.participant)) == {mine, other}


def test_my_page_lists_my_entries_and_what_is_open(client, signed_in):
    entry = SubmissionFactory(state=S.PENDING, title="My dusk")
    SubmissionFactory(title="Not mine")
    address = reverse("submissions:mine")
    assert client.get(address).status_code == 302
    page = signed_in(entry.participant).get(address)
    text = page.content.decode()
    assert "My dusk" in text
    assert "Not mine" not in text
    assert entry.competition in page.context["competitions_open"]


def test_rows_name_themselves_and_speak_for_their_picture():
    entry = SubmissionFactory(state=S.PENDING, title="Dusk", alt_text="")
    assert str(entry) == "Dusk"
    assert entry.text_alternative == f"“Dusk” by {entry.participant}"
    assert SubmissionFactory(alt_text="A boat").text_alternative == "A boat"
    assert str(entry.rendition(320)) == names_of(entry)[320]


# --- a competition that was cancelled


def test_after_a_cancelling_each_page_says_so_and_promises_nothing(client):
    competition, artist = CompetitionFactory(state="open"), UserFactory()
    made = {"competition": competition, "participant": artist}
    waiting = SubmissionFactory(state=S.PENDING, **made)
    accepted = SubmissionFactory(state=S.APPROVED, **made)
    competing.cancel(competition, reason="Storm.", by=organizer_of(competition))
    client.force_login(artist)

    def text(address):
        return client.get(address).content.decode()

    assert "It will not be decided" in text(waiting.receipt_url)
    assert "A moderator looks at it next" not in text(waiting.receipt_url)
    # The picture is gone from the gallery, so nothing leads to it.
    assert f'"{accepted.get_absolute_url()}"' not in text(accepted.receipt_url)
    assert "no longer shown" in text(gallery(competition))
    assert text(reverse("submissions:mine")).count("Storm.") == 2
    enter = reverse("submissions:enter", args=[competition.slug])
    assert "Storm." in text(enter)
    assert "says when it opens" not in text(enter)
