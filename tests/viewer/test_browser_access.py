"""What people meet who use no mouse, see no colours, or hold a phone; axe looks where `make pages` put it."""

import pytest
from viewer_kit import violations, write_table

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
VIEWS = {
    "grid": "",
    "sides": "#image=p000",
    "overlay": "#image=p000&mode=overlay&a=masks/crf",
    "wipe": "#image=p000&mode=wipe&a=masks/crf&b=truth",
    "difference": "#image=p000&mode=difference&a=masks/crf&b=truth",
    "not made": "#image=p007&show=masks/crf",
}


@pytest.fixture(params=["light", "dark"])
def scheme(request, driver):
    media = [{"name": "prefers-color-scheme", "value": request.param}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    yield request.param
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture
def phone(driver):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    yield
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def show(browser, fragment):
    browser.open(fragment)
    if "image" in fragment:
        browser.shown(fragment.split("image=")[1][:4])


def test_axe_finds_what_is_wrong(browser):
    """Or else the tests below would show nothing."""
    show(browser, VIEWS["grid"])
    browser.run("document.body.append(document.createElement('button'))")
    assert [name for name, _ in violations(browser.driver)] == ["button-name"]


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious(browser, scheme, view):
    show(browser, VIEWS[view])
    assert violations(browser.driver) == []


def test_axe_finds_nothing_serious_in_what_unfolds(browser, scheme):
    show(browser, VIEWS["sides"])
    browser.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert violations(browser.driver) == []
    browser.press("?")
    assert violations(browser.driver) == []


def test_axe_finds_nothing_serious_on_a_phone(browser, phone):
    for view in ("grid", "sides", "wipe"):
        show(browser, VIEWS[view])
        assert violations(browser.driver) == []


def test_on_a_phone_nothing_is_wider_than_the_screen(browser, phone):
    for view in VIEWS:
        show(browser, VIEWS[view])
        assert browser.run("return document.documentElement.scrollWidth") <= PHONE["width"]
        wide = browser.run(
            """return [...document.querySelectorAll('button, select, input, .stack, .thumb')]
            .filter((element) => element.getBoundingClientRect().right > innerWidth + 1).length;"""
        )
        assert wide == 0, view


def test_dark_mode_is_dark(browser, scheme):
    show(browser, "")
    red = browser.run("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0]")
    assert (int(red) < 60) == (scheme == "dark")


def test_every_field_is_reached_by_tab_and_shows_its_focus(browser, made):
    from selenium.webdriver import Keys

    write_table(made.results, [row.id for row in made.index.rows], {"confidence": [0.5] * 9})
    try:
        show(browser, VIEWS["wipe"])
        reached = set()
        for _ in range(20):
            browser.press(Keys.TAB)
            reached.add(browser.run("return document.activeElement.closest('label')?.innerText.split('\\n')[0] ?? ''"))
        assert {"opacity", "wipe at", "result", "second", "wipe"} <= {words.strip() for words in reached}
    finally:
        (made.results / "report" / "images.csv").unlink()


def test_who_listens_learns_which_image_is_shown(browser):
    from selenium.webdriver import Keys

    show(browser, VIEWS["sides"])
    browser.press(Keys.ARROW_RIGHT)
    browser.shown("p001")
    assert browser.run("return document.querySelector('[aria-live=polite]').textContent").startswith("p001, 2 of 9")
    label = "return document.querySelector('[data-layers=\"masks/crf\"] .over').getAttribute('aria-label')"
    assert browser.run(label).startswith("masks/crf of p001: ")
