"""Saving on the desk: what PostgreSQL refuses is said in the form, words stay."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.urls import reverse

from competitions import workflow
from competitions.models import Category, Competition
from mycenas.accounts.models import Membership, Organization, Role, User
from mycenas.core.db.constraint_messages import unique_together
from mycenas.core.http.errors import sentence_for
from mycenas.staff.saving import RefusalAdmin
from submissions.states import SubmissionState as S
from tests.database.tools import alter
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    organizer_of,
)
from tests.form_data import complaints, filled

pytestmark = pytest.mark.django_db


def address(row, what="change"):
    opts = row._meta
    args = [] if what in ("add", "changelist") else [row.pk]
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{what}", args=args)


def says(name):
    return [str(sentence_for(name))]


@pytest.fixture
def superuser(signed_in):
    return signed_in(UserFactory(is_staff=True, is_superuser=True))


@pytest.fixture
def two(signed_in):
    """A draft with the categories a and b, and its organizer's browser."""
    competition = CompetitionFactory()
    for slug in "ab":
        CategoryFactory(competition=competition, name=slug.upper(), slug=slug)
    return competition, signed_in(organizer_of(competition))


def slugs():
    return list(Category.objects.order_by("pk").values_list("name", "slug"))


def test_two_categories_swap_their_slugs(two):
    competition, client = two
    page = client.get(address(competition))
    form = filled(page, **{"categories-0-slug": "b", "categories-1-slug": "a"})
    answer = client.post(address(competition), form)
    assert answer.status_code == 302, complaints(answer)
    assert slugs() == [("A", "b"), ("B", "a")]


def test_a_slug_goes_from_a_removed_category_to_another(two):
    competition, client = two
    page = client.get(address(competition))
    form = filled(page, **{"categories-0-slug": "b", "categories-1-DELETE": "on"})
    assert client.post(address(competition), form).status_code == 302
    assert slugs() == [("A", "b")]


def test_two_categories_with_one_slug_are_explained_at_the_second(two):
    competition, client = two
    page = client.get(address(competition))
    form = filled(page, title="Typed", **{"categories-1-slug": "a"})
    answer = client.post(address(competition), form)
    assert complaints(answer) == {"categories-1-slug": says("category_slug_once")}
    assert 'value="Typed"' in answer.content.decode()


def test_slugs_that_differ_in_case_alone_are_explained_at_the_second(two):
    competition, client = two
    form = filled(client.get(address(competition)), **{"categories-1-slug": "A"})
    answer = client.post(address(competition), form)
    sentence = says("category_slug_once_in_any_case")
    assert complaints(answer) == {"categories-1-slug": sentence}


def test_categories_swap_slugs_that_differ_in_case(two):
    competition, client = two
    form = filled(
        client.get(address(competition)),
        **{"categories-0-slug": "B", "categories-1-slug": "A"},
    )
    assert client.post(address(competition), form).status_code == 302
    assert slugs() == [("A", "B"), ("B", "A")]


@pytest.mark.parametrize("model", ["competition", "organization"])
def test_a_slug_that_another_row_has_in_another_case_is_explained(model, superuser):
    make = {"competition": CompetitionFactory, "organization": OrganizationFactory}
    make[model](slug="summer")
    other = make[model](slug="winter")
    form = filled(superuser.get(address(other)), slug="Summer")
    answer = superuser.post(address(other), form)
    assert complaints(answer) == {"slug": says(f"{model}_slug_once_in_any_case")}


def test_a_slug_taken_meanwhile_is_explained_at_its_row(two):
    competition, client = two
    form = filled(client.get(address(competition)), **{"categories-1-slug": "c"})
    CategoryFactory(competition=competition, slug="c")
    # She has read of it, and has not added the row to her own.
    form["_seen"] = filled(client.get(address(competition)))["_seen"]
    answer = client.post(address(competition), form)
    assert complaints(answer) == {"categories-1-slug": says("category_slug_once")}


def test_two_memberships_swap_their_roles(superuser):
    organization, person = OrganizationFactory(), UserFactory()
    for role in (Role.JUROR, Role.SPONSOR):
        Membership.objects.create(organization=organization, user=person, role=role)
    page = superuser.get(address(organization))
    typed = {"memberships-0-role": "sponsor", "memberships-1-role": "juror"}
    answer = superuser.post(address(organization), filled(page, **typed))
    assert answer.status_code == 302, complaints(answer)
    page = superuser.get(address(organization))
    form = filled(page, **{"memberships-1-role": "sponsor"})
    answer = superuser.post(address(organization), form)
    assert complaints(answer) == {"memberships-1-role": says("membership_once")}


def test_a_deadline_before_the_opening_is_explained_at_the_deadline(two):
    competition, client = two
    page = client.get(address(competition))
    form = filled(page, closes_at_0="2001-01-01")
    answer = client.post(address(competition), form)
    sentence = says("competition_opens_before_it_closes")
    assert complaints(answer) == {"closes_at": sentence}
    assert "2001-01-01" in answer.content.decode()


def test_what_a_trigger_refuses_is_said_in_the_form(two):
    """Opened by someone else while this form was being filled in."""
    competition, client = two
    page = client.get(address(competition))
    form = filled(page, title="Typed")
    alter("ALTER TABLE competitions_competition ADD CONSTRAINT"
        " competition_is_final CHECK (title <> 'Typed') NOT VALID")  # fmt: skip
    answer = client.post(address(competition), form)
    assert complaints(answer) == {"__all__": says("competition_is_final")}
    assert 'value="Typed"' in answer.content.decode()


def test_what_a_trigger_refuses_of_a_part_is_said_at_the_part(two):
    competition, client = two
    form = filled(client.get(address(competition)), **{"categories-1-name": "Typed"})
    alter("ALTER TABLE competitions_category ADD CONSTRAINT"
        " competition_facts_stay CHECK (name <> 'Typed') NOT VALID")  # fmt: skip
    answer = client.post(address(competition), form)
    assert complaints(answer) == {"categories": says("competition_facts_stay")}


def test_a_column_that_is_unique_is_explained_when_two_add_at_once(superuser):
    """The form looked before the other one was there; PostgreSQL did not."""
    taken = OrganizationFactory(slug="taken")
    alter("ALTER TABLE accounts_organization RENAME CONSTRAINT"
        " accounts_organization_slug_key TO other")  # fmt: skip
    alter("ALTER TABLE accounts_organization ADD CONSTRAINT"
        " accounts_organization_slug_key CHECK (name <> 'Late') NOT VALID")  # fmt: skip
    page = superuser.get(address(taken, "add"))
    form = filled(page, name="Late", slug="late")
    answer = superuser.post(address(taken, "add"), form)
    assert complaints(answer) == {"slug": says("accounts_organization_slug_key")}


def test_a_deletion_that_is_refused_is_explained(superuser):
    person = UserFactory()
    entry = SubmissionFactory(state=S.RECEIVED)
    answer = superuser.post(address(entry.participant, "delete"), {"post": "yes"})
    assert answer.status_code == 200
    alter("CREATE TRIGGER late BEFORE DELETE ON accounts_user FOR EACH ROW"
        " EXECUTE FUNCTION refuse_row('campaign_stays')")  # fmt: skip
    answer = superuser.post(address(person, "delete"), {"post": "yes"}, follow=True)
    assert [str(m) for m in answer.context["messages"]] == says("campaign_stays")
    chosen = {"action": "delete_selected", "_selected_action": person.pk, "post": "yes"}
    answer = superuser.post(address(person, "changelist"), chosen, follow=True)
    assert [str(m) for m in answer.context["messages"]] == says("campaign_stays")


def test_a_later_deadline_that_is_refused_keeps_what_was_typed(signed_in):
    competition = CompetitionFactory(state="open")
    client = signed_in(organizer_of(competition))
    verb = reverse(
        "admin:competitions_competition_do", args=[competition.pk, "extend-deadline"]
    )
    earlier = competition.closes_at - timedelta(hours=1)
    form = {
        "closes_at_0": f"{earlier:%Y-%m-%d}",
        "closes_at_1": f"{earlier:%H:%M:%S}",
        "reason": "Typed.",
    }
    answer = client.post(verb, form)
    sentence = says("competition_deadline_only_later")
    assert answer.context["form"].errors == {"closes_at": sentence}
    assert "Typed." in answer.content.decode()
    assert Competition.objects.get().closes_at == competition.closes_at
    workflow.cancel(competition, reason="Storm.", by=organizer_of(competition))
    refused = client.post(verb, form)
    assert refused.status_code == 200
    assert "Typed." in refused.content.decode()


def test_every_desk_is_one_that_explains():
    assert all(isinstance(desk, RefusalAdmin) for desk in admin.site._registry.values())


def test_what_a_librarys_rule_refuses_is_said_in_its_sentence(superuser):
    first = EmailAddress.objects.create(
        user=UserFactory(), email="one@example.org", primary=True, verified=True
    )
    form = {"user": first.user_id, "email": "two@example.org", "primary": "on"}
    answer = superuser.post(address(EmailAddress(), "add"), form)
    assert complaints(answer) == {"primary": says("unique_primary_email")}
    form = {"user": UserFactory().pk, "email": first.email, "verified": "on"}
    answer = superuser.post(address(EmailAddress(), "add"), form)
    assert complaints(answer) == {"email": says("unique_verified_email")}
    form = {"user": first.user_id, "email": "ONE@example.org"}
    answer = superuser.post(address(EmailAddress(), "add"), form)
    (twice,) = (name for name, _fields in unique_together(EmailAddress))
    assert complaints(answer) == {"email": says(twice)}


@pytest.mark.parametrize("key", ["abc", "1.5", "true", "9" * 30])
def test_a_key_that_is_none_is_explained_at_its_row(superuser, key):
    page = superuser.get(address(Organization(), "add"))
    typed = {"memberships-0-user": key, "memberships-0-role": "juror"}
    form = filled(page, name="Kiln", slug="kiln", **typed)
    answer = superuser.post(address(Organization(), "add"), form)
    assert list(complaints(answer)) == ["memberships-0-user"]
    assert filled(answer)["name"] == "Kiln"


def test_rows_that_are_announced_and_do_not_come_are_not_made(superuser):
    page = superuser.get(address(Organization(), "add"))
    form = filled(page, name="Kiln", slug="kiln")
    form["memberships-TOTAL_FORMS"] = "9" * 30
    answer = superuser.post(address(Organization(), "add"), form)
    assert list(complaints(answer)) == ["memberships"]
    [memberships] = answer.context["inline_admin_formsets"]
    assert len(memberships.formset.forms) <= len(form)


def test_factors_are_removed_on_the_desk_and_never_read_or_written(superuser):
    factor = Authenticator.objects.create(
        user=UserFactory(), type="totp", data={"secret": "HIDDENFROMALL234"}
    )
    assert superuser.get(address(factor, "add")).status_code == 404
    assert superuser.post(address(factor), {"data": "[" * 9_000}).status_code == 404
    assert "HIDDENFROMALL234" not in superuser.get(address(factor)).content.decode()
    superuser.post(address(factor, "delete"), {"post": "yes"})
    assert not Authenticator.objects.filter(pk=factor.pk).exists()


@pytest.mark.parametrize("model", [User, EmailAddress])
def test_a_search_of_too_many_words_is_refused_with_their_number(superuser, model):
    words = {"q": " ".join(["blue"] * 5000)}
    answer = superuser.get(address(model(), "changelist"), words)
    assert answer.status_code == 400
    assert "5000 words; the limit is 32" in answer.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "name__trigram_similar",
        "name__trigram_word_similar",
        "name__unaccent",
        "name__unaccent__exact",
        "name__search",
        "name__range",
        "name__icontains",
        "name__regex",
        "last_login__date",
        "memberships__role__startswith",
        "pk__gt",
    ],
)
def test_a_filter_with_another_comparison_is_refused(superuser, name):
    people = address(User(), "changelist")
    for answer in (
        superuser.get(people, {name: "1"}),
        superuser.post(f"{people}?{name}=1", {"action": "delete_selected"}),
    ):
        assert answer.status_code == 400
        assert "a filter that this list does not know" in answer.content.decode()


@pytest.mark.parametrize(
    "filters",
    [
        {"is_staff__exact": "1"},
        {"id__in": "1,2", "last_login__isnull": "true"},
        {"last_login__gte": "2026-01-01T00:00Z", "last_login__lt": "2027-01-01T00:00Z"},
        {"last_login__year": "2026", "last_login__month": "1", "last_login__day": "2"},
    ],
)
def test_comparisons_of_filters_and_links_are_taken(superuser, filters):
    assert superuser.get(address(User(), "changelist"), filters).status_code == 200


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"o": ".".join(["1"] * 12_000)}, "sorts by 12000 columns; the limit is 20"),
        ({"id__in": ",".join(["1"] * 9_000)}, "by 9000 values; the limit is 200"),
        ({"id__in": ["1,2"] * 101}, "by 202 values; the limit is 200"),
        ({"id__exact": ["1"] * 201}, "by 201 values; the limit is 200"),
    ],
)
def test_an_address_with_too_many_values_is_refused(superuser, asked, sentence):
    """Each one takes PostgreSQL time; 12,000 took five seconds."""
    people = address(User(), "changelist")
    for answer in (
        superuser.get(people, asked),
        superuser.post(f"{people}?{urlencode(asked, doseq=True)}", {"action": "x"}),
    ):
        assert answer.status_code == 400
        assert sentence in answer.text


def test_as_many_values_as_the_limit_are_taken(superuser):
    asked = {"id__in": ",".join(["1"] * 199), "o": ".".join(["1"] * 20)}
    assert superuser.get(address(User(), "changelist"), asked).status_code == 200


def test_an_act_on_a_list_with_an_impossible_filter_is_refused(superuser):
    lists = f"{address(User(), 'changelist')}?last_login__year=99999"
    answer = superuser.post(lists, {"action": "delete_selected"})
    assert answer.status_code == 400
    assert "a value that cannot be" in answer.content.decode()


@pytest.mark.parametrize("moment", ["2026-12-31", "9999-12-31 23:59", "soon", "9" * 50])
def test_a_moment_in_the_address_of_a_new_form_is_shown_as_it_is(superuser, moment):
    organizer = UserFactory(is_staff=True)
    Membership.objects.create(
        user=organizer, organization=OrganizationFactory(), role=Role.ORGANIZER
    )
    superuser.force_login(organizer)
    page = superuser.get(address(Competition(), "add"), {"opens_at": moment})
    typed = filled(page)
    assert f"{typed['opens_at_0']} {typed['opens_at_1']}".strip() == moment
