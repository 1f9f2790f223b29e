"""Passkeys from beginning to end: Chromium with an authenticator of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from mycenas.accounts.models import User
from tests.accounts.people import PASSWORD, known_person
from tests.browser import PHONE, chromium, running_browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("nothing_counted"),
]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
UNSUPPORTED = """delete window.PublicKeyCredential;
Object.defineProperty(navigator, "credentials", {value: undefined})"""
DESK = "/admin/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("needs Chromium; set CHROMIUM to its program")
    with pytest.MonkeyPatch.context() as patch, running_browser(program) as found:
        # While Playwright runs, Django takes this thread for an asynchronous one.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield found


@dataclass
class Device:
    """A phone with one page, which keeps passkeys."""

    context: BrowserContext
    page: Page
    cdp: Any
    key: str

    def set(self, *, verified: bool) -> None:
        told = {"authenticatorId": self.key, "isUserVerified": verified}
        self.cdp.send("WebAuthn.setUserVerified", told)

    def credential(self) -> dict[str, Any]:
        """The passkey that the device keeps, with its private key."""
        told = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.key})
        (found,) = told["credentials"]
        return dict(found)

    def keep(self, credential: dict[str, Any]) -> None:
        """Have the device keep a passkey that another one has made."""
        told = {"authenticatorId": self.key, "credential": credential}
        self.cdp.send("WebAuthn.addCredential", told)

    def go(self, name: str) -> None:
        self.page.goto(reverse(name) if "/" not in name else name)

    def sign_in(self, person: User) -> None:
        self.go("account_login")
        self.page.fill("[name=login]", person.email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        here = self.address("account_login")
        self.page.wait_for_url(lambda url: not here(url))

    def add(self) -> None:
        self.go("mfa_add_webauthn")
        if self.page.locator("[name=password]").count():
            self.page.fill("[name=password]", PASSWORD)
            self.page.get_by_role("button", name="Confirm").click()
        self.page.click("#mfa_webauthn_add")

    def sign_out(self) -> None:
        self.context.clear_cookies()

    def use(self) -> None:
        self.go("account_login")
        self.page.click("#passkey_login")

    def address(self, name: str) -> Any:
        return lambda url: url.split("?")[0].endswith(reverse(name))

    def says(self, sentence: str) -> None:
        expect(self.page.get_by_role("alert").first).to_contain_text(sentence)

    def is_at(self, name: str) -> None:
        self.page.wait_for_url(self.address(name))


@pytest.fixture
def device(browser: Browser, live_server: LiveServer) -> Iterator[Device]:
    context = browser.new_context(base_url=live_server.url, viewport=PHONE)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    told = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield Device(context, page, cdp, told["authenticatorId"])
    context.close()


@dataclass
class Added:
    """What the form for adding a passkey has left on the device and in the database."""

    person: int
    credential: dict[str, Any]
    factors: list[Authenticator]


@pytest.fixture(scope="module")
def added() -> list[Added]:
    """Filled by the first test that needs a passkey."""
    return []


@pytest.fixture
def ada(device: Device, added: list[Added]) -> User:
    """A person who has added a passkey by the form as it comes, and signed out."""
    if not added:
        person = known_person()
        device.sign_in(person)
        device.add()
        device.is_at("mfa_view_recovery_codes")
        device.sign_out()
        factors = list(Authenticator.objects.filter(user=person))
        added.append(Added(person.pk, device.credential(), factors))
        return person
    (before,) = added
    person = known_person(pk=before.person)
    Authenticator.objects.bulk_create(before.factors)
    device.keep(before.credential)
    return person


def test_a_passkey_alone_signs_in(ada: User, device: Device) -> None:
    device.use()
    device.is_at("submissions:mine")
    factor = Authenticator.objects.get(user=ada, type="webauthn")
    assert factor.wrap().is_passwordless


def test_after_cancelling_one_may_try_again(ada: User, device: Device) -> None:
    device.set(verified=False)
    device.use()
    device.says("The passkey was not used: it was cancelled")
    device.set(verified=True)
    device.page.click("#passkey_login")
    device.is_at("submissions:mine")


def test_a_removed_passkey_is_said_to_be_unknown(ada: User, device: Device) -> None:
    Authenticator.objects.filter(user=ada).delete()
    device.use()
    expect(device.page.locator("main")).to_contain_text("belongs to no account here")
    device.is_at("account_login")


def test_another_persons_passkey_does_not_prove(ada: User, device: Device) -> None:
    bo = known_person("bo@example.org")
    key = Authenticator.objects.get(user=ada, type="webauthn")
    key.delete()
    Authenticator.objects.create(user=bo, type=key.type, data=key.data)
    device.use()
    expect(device.page.locator("main")).to_contain_text("belongs to no account here")


def test_a_browser_without_passkeys_says_so(device: Device) -> None:
    device.page.add_init_script(UNSUPPORTED)
    device.use()
    device.says("This browser cannot use passkeys.")


def test_an_address_where_passkeys_do_not_work_names_another(device: Device) -> None:
    device.go("account_login")
    address = device.page.url.replace("localhost", "127.0.0.1")
    device.page.goto(address)
    device.page.click("#passkey_login")
    device.says("Open http://localhost:")


def test_a_key_is_added_once(ada: User, device: Device) -> None:
    device.use()
    device.is_at("submissions:mine")
    device.add()
    device.says("This key is already added to your account.")


def test_staff_reach_the_desk_by_passkey(settings: Any, device: Device) -> None:
    settings.STAFF_SECOND_FACTOR = True
    person = known_person(is_staff=True, is_superuser=True)
    device.sign_in(person)
    device.go(DESK)
    device.is_at("mfa_index")
    device.add()
    device.is_at("mfa_view_recovery_codes")
    device.go(DESK)
    device.is_at("admin:index")
    device.sign_out()
    device.use()
    device.is_at("submissions:mine")
    device.go(DESK)
    device.is_at("admin:index")
    device.sign_out()
    device.sign_in(person)
    device.is_at("mfa_authenticate")
    device.page.click("#mfa_webauthn_authenticate")
    device.is_at("submissions:mine")
    device.go(DESK)
    device.is_at("admin:index")
