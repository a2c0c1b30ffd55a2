import pytest
from viewer_kit import Browser, chromium, make_results, served


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_results(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="session")
def driver():
    with chromium() as driver:
        yield driver


@pytest.fixture
def browser(driver, made):
    """A browser on the results that all tests of a module share."""
    with served(made.results) as port:
        yield Browser(driver, port)
        driver.get("about:blank")


@pytest.fixture
def browse(driver):
    """Serve other results: `browse(results)`."""
    servers = []

    def start(results):
        server = served(results)
        servers.append(server)
        return Browser(driver, server.__enter__())

    yield start
    driver.get("about:blank")
    for server in servers:
        server.__exit__(None, None, None)
