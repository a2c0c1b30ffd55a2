import socket

import pytest
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.testing.indexing import write_index
from seedmask.viewer import server


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The smallest results that can be shown: an index without images."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    folder = tmp_path / "results" / "cows"
    write_index(folder, ("cow",), ())
    return folder


@pytest.fixture
def opened(monkeypatch):
    """Addresses that a browser was opened on; serving ends at once, as by Ctrl+C."""
    addresses = []

    def ended(self):
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", addresses.append)
    monkeypatch.setattr(server._Server, "serve_forever", ended)
    return addresses


def view(*arguments):
    return CliRunner().invoke(app, ["view", *map(str, arguments)])


def test_view_opens_the_only_data_set_and_says_where(results, opened):
    result = view()
    assert result.exit_code == 0, result.output
    (address,) = opened
    assert f"results/cows: {address}" in result.output
    assert address.startswith("http://127.0.0.1:")


def test_view_without_a_browser_only_serves(results, opened):
    assert view(results, "--no-browser").exit_code == 0
    assert opened == []


def test_view_from_afar_says_how_to_get_there(results, opened, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "client server")
    output = view(results).output
    assert "ssh -L" in output
    assert opened == []


def test_view_names_a_port_in_use(results, opened):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        result = view(results, "--port", number)
    assert result.exit_code == 1
    assert f"port {number} is in use; choose another with --port" in result.output
    assert "Traceback" not in result.output


def test_view_says_which_port_it_took_instead(results, opened, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        monkeypatch.setattr(server, "FIRST_PORT", number)
        result = view(results)
    assert result.exit_code == 0, result.output
    assert f"port {number} is in use, " in result.output


def test_view_without_results_says_what_to_do(results, opened, tmp_path):
    (tmp_path / "empty").mkdir()
    result = view(tmp_path / "empty")
    assert result.exit_code == 1
    assert "holds no results, neither itself nor in a folder below; expected a configuration" in result.output
    assert "there is results/cows" in result.output
