"""What people meet who read the report without a mouse, in large letters, or by a screen reader."""

import pytest
from results_kit import draw_report, make_run
from viewer_kit import chromium, violations


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The report of the usual run in a browser, everything unfolded."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        path = draw_report(make_run()).results.resolve() / "report.html"
    with chromium() as driver:
        driver.get(path.as_uri())
        driver.execute_script("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        yield driver


def test_axe_finds_nothing_serious(page):
    assert violations(page) == []


def test_the_page_says_nothing_to_the_console(page):
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_nothing_but_tables_that_scroll_is_wider_than_a_phone(page):
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    )
    wide = page.execute_script("return document.documentElement.scrollWidth")
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide <= 390
