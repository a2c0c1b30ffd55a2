"""The command that shows results in the browser."""

import os
from typing import Annotated

import typer

from seedmask.cli.app import app
from seedmask.cli.target import Words, find_target


@app.command()
def view(
    target: Words = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on.", show_default="the first free from 8765")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only serve; open no browser.")] = False,
) -> None:
    """Look at the results in the browser: every variant of every picture, while they are being made too."""
    import webbrowser

    from seedmask.viewer.files import data_set_in
    from seedmask.viewer.server import FIRST_PORT, open_server

    folder = data_set_in(find_target(target).results)
    server = open_server(folder, port)
    number = server.server_port
    if port is None and number != FIRST_PORT:
        typer.echo(f"port {FIRST_PORT} is in use, {number} is taken instead")
    address = f"http://127.0.0.1:{number}/"
    typer.echo(f"{folder}: {address} (Ctrl+C ends it)")
    remote = "SSH_CONNECTION" in os.environ
    if remote:
        typer.echo(f"on your own machine: ssh -L {number}:127.0.0.1:{number} ... and open that address")
    if not (no_browser or remote):
        webbrowser.open(address)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("")
