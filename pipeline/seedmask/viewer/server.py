"""The server of the page: read-only, for this machine only, and limited to the results."""

import errno
import gzip
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

from seedmask.errors import SeedmaskError
from seedmask.viewer.files import RefusedError, byte_range, file_below
from seedmask.viewer.site import Site

ADDRESS = "127.0.0.1"
HOSTS = ("127.0.0.1", "localhost")
"""Host names that the server accepts. A foreign page can point its own name to this address, but not these."""
FIRST_PORT, TRIED_PORTS = 8765, 50
PAGE = Path(__file__).parent / "page"
PAGE_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
RESULT_KINDS = {".json": "application/json", ".csv": "text/plain", ".txt": "text/plain"}
"""Content types of results; a browser must run none of them, so all others are plain bytes."""
BLOCK = 1 << 20
SQUEEZED_FROM = 4096
"""Size of a JSON answer from which it is compressed, for slow connections."""
SAFETY = {
    # Nothing from other hosts, and no script but the page's own; its decoder is WebAssembly.
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def open_server(results: Path, port: int | None = None) -> ThreadingHTTPServer:
    """A listening server; `serve_forever` answers requests, `server_port` is its port.

    Args:
        results: `results/<data set>`.
        port: the port; by default the first free one from 8765.

    Raises:
        SeedmaskError: the index cannot be read; the port is in use or not permitted.
    """
    site = Site(results)
    ports = [port] if port is not None else range(FIRST_PORT, FIRST_PORT + TRIED_PORTS)
    for number in ports:
        try:
            return _Server((ADDRESS, number), partial(_Handler, site))
        except OverflowError:
            raise SeedmaskError(f"port {number} does not exist; expected 0 to 65535") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise SeedmaskError(f"port {number}: {error.strerror}; choose another with --port") from None
    taken = f"port {port} is" if port is not None else f"ports {ports[0]} to {ports[-1]} are all"
    raise SeedmaskError(f"{taken} in use; choose another with --port")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A second server on the same port must fail, not share the requests.
    allow_reuse_port = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report nothing if the browser went away in the middle of an answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def __init__(self, site: Site, *arguments: Any):
        self._site = site
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer a request."""
        try:
            self._check_host()
            self._answer()
        except RefusedError as refusal:
            self._refuse(refusal.status, str(refusal), refusal.headers)
        except SeedmaskError as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))

    do_HEAD = do_GET  # noqa: N815  names of http.server

    def do_POST(self) -> None:
        """Refuse: nothing can be changed here."""
        self.close_connection = True  # an unread body would be parsed as the next request
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "this server only shows; use GET or HEAD", {"Allow": "GET, HEAD"})

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST  # noqa: N815  names of http.server

    def version_string(self) -> str:
        """Name of the server in its answers."""
        return "Seedmask"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  name of http.server
        """Log no requests."""

    def _check_host(self) -> None:
        name = self.headers.get("Host", "").rsplit(":", 1)[0].lower()
        if name not in HOSTS:
            raise RefusedError(HTTPStatus.FORBIDDEN, f"this server answers as {' or '.join(HOSTS)} only")

    def _answer(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        path = address.path
        if path.startswith("/results/"):
            self._send_file(file_below(self._site.results, path.removeprefix("/results/")), RESULT_KINDS)
        elif path.startswith("/pictures/"):
            side = _number(query["side"][0]) if "side" in query else None
            self._send_cached("image/jpeg", *self._site.image(_number(path.removeprefix("/pictures/")), side))
        elif path.startswith("/truth/"):
            self._send_cached("image/png", *self._site.truth(_number(path.removeprefix("/truth/"))))
        elif path == "/variants.json":
            self._send_json(self._site.variants())
        elif path == "/images.json":
            self._send_json(self._site.images())
        elif path == "/numbers.json" and "column" in query:
            self._send_json(self._site.column(query["column"][0]))
        elif path == "/numbers.json" and "row" in query:
            self._send_json(self._site.numbers_of(_number(query["row"][0])))
        else:
            self._send_file(file_below(PAGE, path.removeprefix("/") or "index.html"), PAGE_KINDS)

    def _send_file(self, path: Path, kinds: Mapping[str, str]) -> None:
        with _open(path) as stream:
            facts = os.fstat(stream.fileno())
            size, tag = facts.st_size, f'"{facts.st_size:x}-{facts.st_mtime_ns:x}"'
            headers = {"Accept-Ranges": "bytes", "ETag": tag, "Content-Type": _kind(path, kinds)}
            if self._matches(tag):
                self._start(HTTPStatus.NOT_MODIFIED, headers)
                return
            unchanged = self.headers.get("If-Range", tag) == tag
            part = byte_range(self.headers.get("Range"), size) if unchanged else None
            first, end = part or (0, size)
            if part:
                headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
            headers["Content-Length"] = str(end - first)
            self._start(HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, headers)
            if self.command != "HEAD":
                self._copy(stream, first, end)

    def _copy(self, stream: BinaryIO, first: int, end: int) -> None:
        stream.seek(first)
        while block := stream.read(min(BLOCK, end - first)):
            self.wfile.write(block)
            first += len(block)

    def _send_json(self, value: object) -> None:
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        tag = hashlib.sha256(body).hexdigest()[:24]
        self._send_cached("application/json; charset=utf-8", tag, lambda: body, squeeze=len(body) >= SQUEEZED_FROM)

    def _send_cached(self, kind: str, version: str, make: Callable[[], bytes], *, squeeze: bool = False) -> None:
        squeeze = squeeze and "gzip" in self.headers.get("Accept-Encoding", "")
        tag = f'"{version}{"-gzip" * squeeze}"'
        if self._matches(tag):
            self._start(HTTPStatus.NOT_MODIFIED, {"ETag": tag})
            return
        body = gzip.compress(make(), compresslevel=1, mtime=0) if squeeze else make()
        encoding = {"Content-Encoding": "gzip"} if squeeze else {}
        length = str(len(body))
        self._start(HTTPStatus.OK, {"ETag": tag, "Content-Type": kind, "Content-Length": length, **encoding})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _matches(self, tag: str) -> bool:
        return tag in [known.strip() for known in self.headers.get("If-None-Match", "").split(",")]

    def _refuse(self, status: int, reason: str, headers: dict[str, str] | None = None) -> None:
        body = f"{reason}\n".encode()
        facts = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        self._start(status, {**facts, **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _start(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        # Results change while they are made, so the browser has to validate its copy each time.
        for name, value in {"Cache-Control": "no-cache", **SAFETY, **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:  # deleted in the meantime
        raise RefusedError(HTTPStatus.NOT_FOUND, "no such file") from None
    except OSError as error:
        raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, f"{path}: cannot be read ({error.strerror})") from None


def _kind(path: Path, kinds: Mapping[str, str]) -> str:
    kind = kinds.get(path.suffix)
    return f"{kind}; charset=utf-8" if kind else "application/octet-stream"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RefusedError(HTTPStatus.NOT_FOUND, f"{text!r} is not the number of an image")
    return int(text)
