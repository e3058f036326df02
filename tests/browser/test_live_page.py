"""The live page in a real browser on the real server: what it shows follows what happens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from playwright.sync_api import Page, expect

import made_live
import made_weeks
from contrast import CONTRAST
from infraction_model.alerts.events import Alert, Reading
from infraction_model.io.live_access import ServerParameters
from infraction_model.io.live_server import Served, serving
from infraction_model.io.live_view import LiveView
from infraction_model.maps.live.page import LiveTown, live_page

pytestmark = pytest.mark.browser

STREETS = made_weeks.streets(60)
NAMES = {zone: f"Rue {place}" for place, zone in enumerate(STREETS)}


@dataclass
class Live:
    """The page, the server it came from, and the state behind it."""

    page: Page
    state: made_live.MadeState
    served: Served
    complaints: list[str] = field(default_factory=list)

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_inner_texts()

    def card(self, alert: Alert):
        return self.page.locator(".card", has_text=f"place {alert.bay_id}")

    def report(self, alert: Alert, button: str) -> None:
        card = self.card(alert)
        if "chosen" not in card.get_attribute("class"):
            card.locator(".card-head").click()
        card.locator(button).click()


@contextlib.contextmanager
def served_page(state, port: int = 0) -> Iterator[Served]:
    page = live_page(LiveTown("Saint-Martin", "Europe/Paris", made_weeks.zones(STREETS, NAMES)))
    quick = ServerParameters(port=port, look_seconds=0.02, heartbeat_seconds=0.5)
    with contextlib.closing(LiveView(state.path)) as view, serving(page, view, quick, {}) as served:
        yield served


def opened(browser, address: str, width: int, height: int) -> tuple[Page, list[str]]:
    page, complaints = browser.new_page(viewport={"width": width, "height": height}), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((address, "data:"))
            else complaints.append(f"request: {asked.url}")
        ),
    )
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")
    return page, complaints


@pytest.fixture(scope="module")
def alerts() -> list[Alert]:
    made = made_live.alerts(30, list(STREETS))
    return sorted(made, key=lambda alert: -alert.value)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "live.sqlite"
    with contextlib.closing(made_live.MadeState(path)) as state, served_page(state) as served:
        yield state, served


@pytest.fixture(scope="module")
def shared(browser, service, alerts):
    state, served = service
    state.put(*alerts)
    page, complaints = opened(browser, served.address, 1280, 800)
    yield Live(page, state, served, complaints)
    page.close()
    assert complaints == []


@pytest.fixture
def live(shared, alerts) -> Live:
    """The shared page afresh: the thirty alerts open, nothing chosen."""
    shared.state.put(*alerts)
    shared.page.reload()
    expect(shared.page.locator(".state")).to_have_text("en direct")
    expect(shared.page.locator("#alerts-title")).to_have_text("30 alertes ouvertes")
    return shared


@pytest.fixture
def other(browser, tmp_path):
    """A page of a state of its own."""
    with contextlib.ExitStack() as until_end:

        def show(*put, readings=(), width: int = 1280, height: int = 800) -> Live:
            state = made_live.MadeState(tmp_path / "live.sqlite")
            until_end.callback(state.close)
            state.put(*put, readings=readings)
            served = until_end.enter_context(served_page(state))
            page, complaints = opened(browser, served.address, width, height)
            until_end.callback(page.close)
            return Live(page, state, served, complaints)

        yield show


def percent(share: float) -> str:
    return (
        f"{100 * share:.0f}\u00a0%"
        if share >= 0.0995
        else f"{100 * share:.1f}\u00a0%".replace(".", ",")
    )


def test_the_list_is_the_ranking_of_the_open_alerts(live, alerts):
    assert live.texts(".card .name") == [NAMES[one.zone_id] for one in alerts]
    assert live.texts(".card .rank") == [str(place) for place in range(1, 31)]
    shares = [percent(one.chance * one.still_there * one.trust) for one in alerts]
    assert live.texts(".card .share") == shares
    badges = list(dict.fromkeys(one.zone_id for one in alerts))[:10]
    places = [next(n for n, one in enumerate(alerts, 1) if one.zone_id == zone) for zone in badges]
    assert live.texts(".badge") == [str(place) for place in places]
    first = alerts[0]
    live.page.locator(".card-head").first.click()
    expect(live.page.locator(".card.chosen dd").first).to_be_visible()
    facts = dict(zip(live.texts(".card.chosen dt"), live.texts(".card.chosen dd"), strict=True))
    assert facts["Encore là à l’arrivée de l’équipe"] == percent(first.still_there)
    assert facts["Confiance dans le capteur"] == percent(first.trust)
    assert facts["Gravité"] == f"{first.severity:.1f}".replace(".", ",")


def test_alerts_come_in_and_go_as_they_happen_without_a_reload(live):
    live.page.evaluate("window.sameAsBefore = true")
    new = made_live.alert(
        "new", "S0003", bay_id="S0003-99", value=50.0, reasons=("forbidden:market",)
    )
    live.state.put(new)
    first = live.page.locator(".card").first
    expect(first.locator(".bay")).to_have_text("place S0003-99")
    expect(first.locator(".chip")).to_have_text("Stationnement interdit : marché")
    expect(live.page.locator(".told")).to_have_text(
        "Nouvelle alerte : Rue 3, Stationnement interdit : marché"
    )
    live.state.put(msgspec.structs.replace(new, still_there=0.02, value=0.001))
    expect(live.page.locator(".card").last.locator(".bay")).to_have_text("place S0003-99")
    live.state.put(made_live.closed(new))
    expect(live.page.locator("#alerts-title")).to_have_text("30 alertes ouvertes")
    assert live.card(new).count() == 0
    assert live.page.evaluate("window.sameAsBefore")


def test_an_alert_that_closes_while_it_is_chosen_says_why_until_another_is_chosen(live, alerts):
    gone, other = alerts[2], alerts[5]
    live.card(gone).locator(".card-head").click()
    live.state.put(made_live.closed(gone, "left"))
    expect(live.card(gone).locator(".reach")).to_have_text(
        "close à 12 h 01 : le véhicule est parti".replace(" h ", "\u00a0h\u00a0")
    )
    assert not live.card(gone).locator(".right").is_visible()
    live.card(other).locator(".card-head").click()
    expect(live.card(gone)).to_have_count(0)


def test_a_reason_alone(live, alerts):
    count = sum("unpaid" in one.reasons for one in alerts)
    live.page.locator(".reasons button", has_text="Sans paiement").click()
    expect(live.page.locator("#alerts-title")).to_have_text(f"{count} alertes ouvertes")
    named = [NAMES[one.zone_id] for one in alerts if "unpaid" in one.reasons]
    assert live.texts(".card .name") == named
    live.page.locator(".reasons button", has_text="Sans paiement").click()
    expect(live.page.locator(".card")).to_have_count(30)


def test_the_keyboard_walks_the_list_and_keeps_its_place_while_it_is_ranked_anew(live, alerts):
    live.page.locator(".card-head").first.focus()
    live.page.keyboard.press("ArrowDown")
    live.page.keyboard.press("ArrowDown")
    live.page.keyboard.press("Enter")
    third = live.card(alerts[2])
    expect(third.locator(".card-detail")).to_be_visible()
    live.state.put(msgspec.structs.replace(alerts[2], value=99.0))
    expect(third.locator(".rank")).to_have_text("1")
    focused = live.page.evaluate("document.activeElement.querySelector('.bay').textContent")
    assert focused == f"place {alerts[2].bay_id}"
    live.page.keyboard.press("Enter")
    expect(third.locator(".card-detail")).to_be_hidden()


def test_a_click_on_the_map_chooses_the_best_alert_of_the_zone(live, alerts):
    live.page.locator(".badge").nth(3).click()
    place = int(live.texts(".badge")[3])
    expect(live.card(alerts[place - 1]).locator(".card-detail")).to_be_visible()


def test_the_other_language_says_the_same(live, alerts):
    live.page.locator("[data-part=language]").click()
    expect(live.page.locator("#alerts-title")).to_have_text("30 open alerts")
    expect(live.page.locator(".state")).to_have_text("live")
    first = alerts[0]
    share = percent(first.chance * first.still_there * first.trust).replace("\u00a0", "")
    assert live.texts(".card .share")[0] == share
    live.page.locator("[data-part=sound]").click()
    expect(live.page.locator("[data-part=sound]")).to_have_text("Sound: on")


def test_a_report_is_asked_for_named_and_sent_with_the_token_alone(other, alerts):
    live = other(*alerts[:3])
    live.report(alerts[1], ".wrong")
    expect(live.page.locator("[data-part=verdict_where]")).to_have_text(
        f"{NAMES[alerts[1].zone_id]} · place {alerts[1].bay_id}"
    )
    send, failed = (live.page.locator(f"[data-part=verdict_{name}]") for name in ("send", "failed"))
    send.click()
    expect(failed).to_contain_text("donnez le jeton")
    live.page.fill("[data-part=token]", "not the token at all")
    send.click()
    expect(failed).to_have_text("Ce n’est pas le bon jeton.")
    assert live.state.verdicts() == []
    live.page.fill("[data-part=token]", live.served.access.token)
    live.page.keyboard.press("Enter")
    expect(live.card(alerts[1]).locator(".said")).to_have_text("Signalé : fausse alerte")
    live.page.reload()  # the browser keeps what it was let in with
    live.report(alerts[0], ".right")
    send.click()
    expect(live.card(alerts[0]).locator(".said")).to_have_text("Signalé : trouvé")
    assert live.state.verdicts() == [(alerts[1].alert_id, False), (alerts[0].alert_id, True)]
    assert all("401" in complaint for complaint in live.complaints)


def test_a_line_that_breaks_is_said_and_what_was_missed_comes_with_it(browser, tmp_path, alerts):
    state = made_live.MadeState(tmp_path / "live.sqlite")
    state.put(*alerts[:3])
    with served_page(state) as first:
        page, complaints = opened(browser, first.address, 1280, 800)
        expect(page.locator(".state")).to_have_text("en direct")
    expect(page.locator(".state")).to_contain_text("coupé depuis")
    expect(page.locator("[data-part=cut]")).to_contain_text("Plus de nouvelles depuis")
    state.put(made_live.closed(alerts[0]), alerts[3])
    with served_page(state, port=int(first.address.rpartition(":")[2])):
        expect(page.locator(".state")).to_have_text("en direct", timeout=15_000)
        expect(page.locator(".card .bay")).to_have_text(
            [f"place {one.bay_id}" for one in alerts[1:4]]
        )
        expect(page.locator("[data-part=cut]")).to_be_hidden()
        page.close()
    state.close()
    assert all("ERR_" in complaint for complaint in complaints)


def test_on_a_phone_there_is_one_thing_at_a_time_and_room_for_a_thumb(other, alerts):
    readings = (Reading("S0002", None, 7, 40, made_live.NOON),)
    live = other(*alerts, readings=readings, width=420, height=860)
    page = live.page
    expect(page.locator("#alerts-title")).to_have_text("30 alertes ouvertes")
    assert not page.locator(".map").is_visible()
    page.locator(".card-head").nth(1).click()
    for button in (".right", ".wrong", ".on-map"):
        assert page.locator(f".card.chosen {button}").bounding_box()["height"] >= 40
    page.locator(".card.chosen .on-map").click()
    expect(page.locator(".badge").first).to_be_visible()
    assert live.texts(".card:visible .bay") == [f"place {alerts[1].bay_id}"]
    box = page.locator(".card.chosen").bounding_box()
    assert box["y"] + box["height"] <= 860
    page.locator("[data-choice=places]").click()
    expect(page.locator(".places li")).to_be_visible()
    assert live.texts(".places li") == ["Rue 2\nlibres : 7 sur 40 (12\u00a0h)"]
    assert page.evaluate("document.documentElement.scrollWidth") == 420
    assert live.complaints == []


@pytest.mark.parametrize("width", [420, 1280])
def test_every_text_stands_out_from_its_ground(other, alerts, width):
    live = other(*alerts, readings=(Reading("S0002", None, 7, 40, made_live.NOON),), width=width)
    live.page.locator(".card-head").first.click()
    live.page.locator(".reasons button").first.click()
    expect(live.page.locator(".card.chosen dd").first).to_be_visible()
    expect(live.page.locator(".reasons [aria-pressed=true]")).to_have_count(1)
    assert live.page.evaluate(CONTRAST) == []


def test_what_somebody_else_reported_is_not_asked_again(other):
    live = other(made_live.alert("a1", "S0001", verdict=True))
    live.page.locator(".card-head").click()
    expect(live.page.locator(".said")).to_have_text("Signalé : trouvé")
    assert not live.page.locator(".wrong").is_visible()


def test_nothing_open_is_told_in_words(other):
    live = other(made_live.closed(made_live.alert("a1", "S0001")))
    expect(live.page.locator("#alerts-title")).to_have_text("Aucune alerte ouverte")
    assert live.texts(".card") == []
    assert live.texts(".reasons button:visible") == []
    assert live.complaints == []


def test_names_from_outside_are_text_and_nothing_else(other):
    hostile = [
        made_live.alert(
            f"h{place}", name, bay_id=name, reasons=(name,), team=name, value=9.0 - place
        )
        for place, name in enumerate(made_weeks.HOSTILE)
    ]
    live = other(*hostile)
    expect(live.page.locator(".card")).to_have_count(len(hostile))
    live.page.locator(".card-head").nth(1).click()
    live.page.locator(".card.chosen .right").click()
    assert made_weeks.HOSTILE[1] in live.page.locator("[data-part=verdict_where]").text_content()
    assert live.page.evaluate("window.hacked") is None
    assert live.page.locator(".card img, .card svg, dialog img").count() == 0
    assert live.complaints == []
