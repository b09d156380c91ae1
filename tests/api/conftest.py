"""The connections of test_timeouts.py are opened first of all, so that their time runs while the other tests do."""

import threading
import time
from pathlib import Path

import pytest

from support import conformance
from support.client import PASSWORD, Person
from support.database import KIND
from support.documents import SAMPLES
from support.raw import RawConnection, request
from support.server import Server
from support.storages import STORAGE_KIND


class SeenAnswers:
    """After a whole run of these tests without a failure: what the OpenAPI document promises, some test must have got.

    With pytest-xdist the workers tell the main process what their tests have seen.
    """

    def __init__(self):
        self._unseen = []

    def pytest_testnodedown(self, node):
        conformance.remember(getattr(node, "workeroutput", {}).get("seen", []))

    def pytest_sessionfinish(self, session):
        config = session.config
        if hasattr(config, "workeroutput"):
            config.workeroutput["seen"] = conformance.seen()
        elif _is_whole_run(config) and session.testscollected and not session.testsfailed:
            self._unseen = [answer for answer in conformance.unseen() if answer[2] < 400]
            if self._unseen:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for answer in self._unseen:
            terminalreporter.write_line("documented, but no test has got it: {} {} {}".format(*answer), red=True)


def pytest_collection_modifyitems(config, items):
    """What says nothing about this run is left out: see the markers in tests/pytest.ini."""
    left_out = [item for item in items if not _says_something(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _says_something(item):
    return ((SAMPLES.is_dir() or item.get_closest_marker("samples") is None) and
            _is_for(item, "databases", KIND) and _is_for(item, "storages", STORAGE_KIND))


def _is_for(item, marker_name, kind):
    marker = item.get_closest_marker(marker_name)
    return marker is None or kind in marker.args


def _is_whole_run(config):
    folder = Path(__file__).parent
    chosen = [Path(config.invocation_params.dir, argument).resolve() for argument in config.args]
    return folder in chosen and not (config.option.keyword or config.option.markexpr or config.option.maxfail)


def pytest_configure(config):
    config.pluginmanager.register(SeenAnswers())


class Stalled:
    """A client that says something and then no more; its thread records what the server does, and when."""

    def __init__(self, server, said, reads_first=False):
        self._connection = RawConnection(server, timeout=120)
        self._connection.send(said)
        if reads_first:
            self._connection.read_response()
        self._start = time.monotonic()
        self.response = None
        self.seconds = None
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    def _wait(self):
        try:
            self.response = self._connection.read_response()
        except (EOFError, OSError):
            pass
        self.closed = self._connection.is_closed()
        self.seconds = time.monotonic() - self._start

    def outcome(self):
        """(seconds until the end, status or None): the server's last word, after which it closed."""
        self._thread.join(120)
        assert self.seconds is not None and self.closed, "the server did not close the connection"
        return self.seconds, self.response and self.response.status


class Trickling(Stalled):
    """One that goes on, a byte every 20 seconds."""

    EVERY_SECONDS = 20

    def _wait(self):
        threading.Thread(target=self._trickle, daemon=True).start()
        super()._wait()

    def _trickle(self):
        while self.seconds is None:
            time.sleep(self.EVERY_SECONDS)
            try:
                self._connection.send(b"x")
            except OSError:
                return  # The server has had enough.


TRICKLING = 120


def _open_trickling(server):
    """In equal parts, and all at once: JSON and a form of nobody, an upload, and one of unknown length."""
    server.create_admin("trickle@example.com", "Trickling Person", PASSWORD)
    with Person(server.address, "trickle@example.com").log_in() as person:
        bearer = f"Authorization: Bearer {person.access_token}"
    upload = (bearer, "Content-Type: multipart/form-data; boundary=B")
    api = "/api/v1"
    heads = {
        "JSON": request("POST", f"{api}/auth/register", "Content-Type: application/json", "Content-Length: 1000"),
        "form": request("POST", f"{api}/auth/login", "Content-Type: application/x-www-form-urlencoded",
                        "Content-Length: 1000"),
        "upload": request("POST", f"{api}/docs/upload", *upload, "Content-Length: 10000000"),
        "chunked upload": request("POST", f"{api}/docs/upload", *upload, "Transfer-Encoding: chunked") + b"FFFFF\r\n",
    }
    return {f"{name}, byte by byte": [Trickling(server, head) for _ in range(TRICKLING // len(heads))]
            for name, head in heads.items()}


def _open_stalled(server):
    register = "/api/v1/auth/register"
    json_body = ("Content-Type: application/json", "Content-Length: 1000")
    return {
        "says nothing": Stalled(server, b""),
        "half a header": Stalled(server, b"GET / HTTP/1.1\r\nHost: x\r\nX-Half"),
        "header line by line": Stalled(server, b"GET / HTTP/1.1\r\nHost: x\r\n"),
        "no body": Stalled(server, request("POST", register, *json_body)),
        "half a body": Stalled(server, request("POST", register, *json_body) + b'{"full_name":'),
        "half a chunk": Stalled(server, request("POST", register, "Content-Type: application/json",
                                                "Transfer-Encoding: chunked") + b"100\r\n{"),
        "idle": Stalled(server, request("GET", "/"), reads_first=True),
    }


@pytest.fixture(scope="session", autouse=True)
def stalled(request):
    """Stalled clients by name, or None when nobody is going to ask for them."""
    if not any("test_timeouts" in item.nodeid for item in request.session.items):
        yield None
        return
    server = Server().start()
    yield {**_open_trickling(server), **_open_stalled(server)}
    server.close()
