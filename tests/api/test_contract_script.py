"""scripts/contract, as a stranger would use it: all is kept by this server, and a broken promise shows."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest

from support.client import PASSWORD
from support.server import ROOT

SCRIPT = ROOT / "scripts/contract"
ADMIN_EMAIL = "contract-admin@example.com"

# The limit on, so that it is checked; a little above its default, so that the checks need not wait for the next minute.
SERVER_SETTINGS = {"LOGIN_RATE_LIMIT": 14, "ACCESS_TOKEN_EXPIRE_MINUTES": 1}

# What this server cannot be asked with these settings.
MAY_BE_SKIPPED = ("with rotation a used refresh token is 401", "GET /docs/search")


def run_script(base_url, *arguments, password=PASSWORD):
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run([sys.executable, SCRIPT, base_url, *arguments], env=environment, input=f"{password}\n", text=True,
                          capture_output=True, timeout=400, check=False)


@pytest.fixture(scope="module")
def administered(server):
    server.create_admin(ADMIN_EMAIL, "Contract Admin", PASSWORD)
    return server


def is_kept_or_may_be_skipped(line):
    return line.startswith("ok ") or (line.startswith("skipped ") and any(text in line for text in MAY_BE_SKIPPED))


def test_every_promise_is_kept_and_nothing_stays_behind(administered, state):
    done = run_script(administered.address, "--admin", ADMIN_EMAIL, "--password-stdin")
    lines = done.stdout.splitlines()
    assert [line for line in lines[:-1] if not is_kept_or_may_be_skipped(line)] == [], done.stdout + done.stderr
    assert (done.returncode, done.stderr) == (0, "")
    assert len(lines) > 90 and {line.split()[1] for line in lines[:-1]} == set("12345678")
    assert (state.count("Users"), state.count("Documents"), state.count("Virtual_Paths")) == (1, 0, 1)


class _Meddler(BaseHTTPRequestHandler):
    """A proxy that passes everything on, but calls a user's name something else in every answer."""

    protocol_version = "HTTP/1.1"
    target = None

    def _pass_on(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))) or None
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
        request = Request(self.target + self.path, data=body, headers=headers, method=self.command)
        try:
            answer = _opener.open(request, timeout=60)
        except HTTPError as error:
            answer = error
        with answer:
            content = answer.read().replace(b'"full_name":', b'"fullName":')
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = do_OPTIONS = _pass_on

    def log_message(self, *unused):
        pass


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *unused):
        return None


_opener = build_opener(ProxyHandler({}), _NoRedirects)


@pytest.fixture
def meddler(administered):
    handler = type("Meddler", (_Meddler,), {"target": administered.address})
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{proxy.server_port}"
    proxy.shutdown()
    proxy.server_close()


def test_a_broken_promise_shows(meddler):
    done = run_script(meddler, "--admin", ADMIN_EMAIL, "--password-stdin", "--only", "4")
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "GET /users/me: UserResponse" in line]
    assert line.startswith("FAILED") and "expected" in line and "'full_name'" in line and "'fullName'" in line
    assert any(line.startswith("ok ") for line in done.stdout.splitlines()), "what is kept is told apart"


def test_without_an_administrator_there_is_nothing_to_check(administered):
    done = run_script(administered.address, "--admin", ADMIN_EMAIL, "--password-stdin", password="Wrong password 1!")
    assert done.returncode == 2 and "cannot log in" in done.stderr and "Wrong password" not in done.stderr + done.stdout
    done = run_script(administered.address)
    assert done.returncode == 2 and "--admin" in done.stderr


def test_without_a_server_there_is_nothing_to_check():
    done = run_script("http://127.0.0.1:1", "--admin", ADMIN_EMAIL, "--password-stdin")
    assert done.returncode == 2 and "127.0.0.1:1" in done.stderr
