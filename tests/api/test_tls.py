"""TLS in the server itself: TLS_CERT_FILE and TLS_KEY_FILE (platform.md, sections 2 and 6)."""

import hashlib
import http.client
import json
import random
import shutil
import signal
import socket
import ssl
import threading
from urllib.parse import urlencode

import pytest

from support.certificates import Certificate
from support.client import PASSWORD
from support.events import EventStream
from support.raw import RawConnection, request
from support.server import wait_until
from support.state import State

ADMIN = "admin@example.com"
SECONDS = 90
BIG = 50 << 20


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def files(certificate, tmp_path):
    """A copy that the test may replace."""
    return {name: shutil.copy(file, tmp_path) for name, file in certificate.settings.items()}


@pytest.fixture
def server(new_server, files):
    return new_server(**files).start()


@pytest.fixture
def admin(server, certificate):
    server.create_admin(ADMIN, "Admin Person", PASSWORD)
    with Caller(server, certificate) as caller:
        body = urlencode({"username": ADMIN, "password": PASSWORD})
        response = caller.ask("POST", "/auth/login", body, {"Content-Type": "application/x-www-form-urlencoded"})
        caller.token = json.loads(response.content)["access_token"]
        yield caller


class Caller:
    """One kept connection of the standard library's client."""

    def __init__(self, server, certificate):
        self.connection = http.client.HTTPSConnection("localhost", server.port, timeout=SECONDS,
                                                      context=certificate.client())
        self.token = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.connection.close()

    def ask(self, method, path, body=None, headers=None):
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self.connection.request(method, f"/api/v1{path}", body, {**authorization, **(headers or {})})
        response = self.connection.getresponse()
        response.content = response.read()
        return response

    def upload(self, filename, content):
        body = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--b--\r\n'
                % (filename.encode(), content))
        response = self.ask("POST", "/docs/upload", body, {"Content-Type": "multipart/form-data; boundary=b"})
        assert response.status == 201, response.content
        return json.loads(response.content)["doc_id"]


@pytest.fixture(scope="module")
def big_text():
    """Text of 50 MiB that does not repeat within what any buffer holds."""
    letters = random.Random(3)
    return b"".join(b"%064x\n" % letters.getrandbits(256) for _ in range(BIG // 65 + 1))[:BIG]


def sha256(content):
    """Told apart without a page of bytes when it differs."""
    return hashlib.sha256(content).hexdigest()


def served_name(server):
    """The common name of the certificate that a new connection is shown."""
    pem = ssl.get_server_certificate(("127.0.0.1", server.port), timeout=SECONDS)
    der = ssl.PEM_cert_to_DER_cert(pem)
    return "renewed" if b"renewed" in der else "localhost"


def messages(server):
    return [entry["message"] for entry in server.log()]


# -- serving

def test_the_log_says_https(server, certificate):
    assert server.address.startswith("https://")
    (line,) = [entry for entry in server.log() if entry["message"] == "TLS certificate"]
    assert line["subject"] == "CN=localhost" and line["expires"].endswith("Z")
    assert "PRIVATE KEY" not in "\n".join(server.log_lines)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(server, certificate, version):
    context = certificate.client()
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.minimum_version = context.maximum_version = version
    with RawConnection(server, tls=context) as connection:
        assert connection.socket.version() == version.name.replace("_", ".")
        assert connection.socket.selected_alpn_protocol() == "http/1.1"
        for _ in range(3):
            connection.send(request("GET", "/"))
            assert connection.read_response().status == 204


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_1_1_is_refused(server, certificate):
    context = certificate.client()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        RawConnection(server, tls=context)


def test_plain_http_is_told_so(server):
    with RawConnection(server, timeout=SECONDS) as connection:
        connection.send(request("POST", "/api/v1/auth/login", body=b"x" * 1000))
        response = connection.read_response()
        assert response.status == 400 and "This port speaks HTTPS" in response.json()["detail"]
        assert response.header("connection") == "close"
        assert connection.is_closed()


def test_a_redirect_and_head(server, certificate):
    with Caller(server, certificate) as caller:
        response = caller.ask("GET", "/users")
        assert (response.status, response.getheader("location")) == (307, f"https://localhost:{server.port}/api/v1/users/")
        response = caller.ask("HEAD", "/users")
        assert response.status in (307, 405) and response.content == b""


def test_fifty_megabytes_there_and_back(admin, big_text):
    """All over one connection, several times as much as any buffer holds."""
    doc_id = admin.upload("big.txt", big_text)
    socket_before = admin.connection.sock
    response = admin.ask("GET", f"/docs/{doc_id}/download")
    assert response.status == 200
    assert sha256(response.content) == sha256(big_text)
    assert json.loads(admin.ask("GET", "/users/me").content)["email"] == ADMIN
    assert admin.connection.sock is socket_before


def test_events(server, admin, certificate):
    with EventStream(server, admin.token, tls=certificate.client()) as stream:
        assert stream.status == 200
        doc_id = admin.upload("words.txt", b"words to find")
        assert stream.until(doc_id, "Finished")


# -- clients that behave badly

def test_a_slow_handshake_is_cut(server):
    """While others are served."""
    with RawConnection(server, timeout=SECONDS) as silent, RawConnection(server, timeout=SECONDS) as slow:
        slow.send(b"\x16\x03\x01")
        assert slow.is_closed() and silent.is_closed()
    assert served_name(server) == "localhost"


def test_an_upload_that_is_cut_off_is_none(server, admin, certificate):
    """Its end was not said: by close_notify."""
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="cut.txt"\r\n\r\nhalf of '
    with RawConnection(server, timeout=SECONDS, tls=certificate.client()) as connection:
        connection.send(request("POST", "/api/v1/docs/upload", "Content-Type: multipart/form-data; boundary=b",
                                f"Authorization: Bearer {admin.token}", "Content-Length: 1000") + body)
        wait_until(State(server.data_directory, server.storage).spool, SECONDS, what="a spool file")
        socket.socket.shutdown(connection.socket, socket.SHUT_WR)
        with pytest.raises((EOFError, OSError)):
            connection.read_response()
    assert json.loads(admin.ask("GET", "/docs/").content)["total"] == 0


def test_a_client_that_says_its_end(server, certificate):
    with RawConnection(server, timeout=SECONDS, tls=certificate.client()) as connection:
        connection.send(request("GET", "/"))
        assert connection.read_response().status == 204
        connection.socket.unwrap().close()  # Waits for the server's own end.


# -- stopping

def test_a_download_goes_on_when_the_server_stops(server, admin, certificate, big_text):
    doc_id = admin.upload("big.txt", big_text)
    with RawConnection(server, timeout=SECONDS, tls=certificate.client()) as connection:
        connection.send(request("GET", f"/api/v1/docs/{doc_id}/download", f"Authorization: Bearer {admin.token}"))
        connection._read_until(b"\r\n\r\n")
        server.signal(signal.SIGTERM)
        wait_until(lambda: "stopping" in messages(server), SECONDS, what="the stop")
        assert sha256(connection._read_exactly(BIG)) == sha256(big_text)
        assert connection.socket.recv(1) == b""  # An end that was said: SSLEOFError otherwise.
    assert server.wait(SECONDS) == 0


# -- another certificate

def test_sighup_takes_the_new_certificate(server, admin, certificate, files, big_text, tmp_path):
    """New connections get it; a download that is running goes on."""
    renewed = Certificate(tmp_path / "renewed", "renewed", key="rsa")
    doc_id = admin.upload("big.txt", big_text)
    with RawConnection(server, timeout=SECONDS, tls=certificate.client()) as connection:
        connection.send(request("GET", f"/api/v1/docs/{doc_id}/download", f"Authorization: Bearer {admin.token}"))
        connection._read_until(b"\r\n\r\n")
        for name, file in renewed.settings.items():
            shutil.copy(file, files[name])
        server.signal(signal.SIGHUP)
        wait_until(lambda: served_name(server) == "renewed", SECONDS, what="the new certificate")
        assert sha256(connection._read_exactly(BIG)) == sha256(big_text)
    assert json.loads(admin.ask("GET", "/users/me").content)["email"] == ADMIN
    with Caller(server, renewed) as caller:
        assert caller.ask("GET", "/users").status == 307
    subjects = [entry["subject"] for entry in server.log() if entry["message"] == "TLS certificate"]
    assert subjects == ["CN=localhost", "CN=renewed"]


@pytest.mark.parametrize("name", ["TLS_CERT_FILE", "TLS_KEY_FILE"])
@pytest.mark.parametrize("what", ["of another", "noise", "gone"])
def test_sighup_keeps_the_old_one_when_the_new_is_faulty(server, files, name, what, tmp_path):
    if what == "gone":
        open(files[name], "rb").close()
        shutil.move(files[name], tmp_path / "elsewhere.pem")
    elif what == "noise":
        with open(files[name], "wb") as file:
            file.write(b"\0\x01 no PEM")
    else:
        shutil.copy(Certificate(tmp_path / "renewed", "renewed").settings[name], files[name])
    server.signal(signal.SIGHUP)
    (line,) = wait_until(lambda: [entry for entry in server.log() if entry["level"] == "error"], SECONDS)
    assert line["message"] == "the TLS certificate stays the old one"
    assert line["fault"].startswith("TLS_KEY_FILE" if what == "of another" else name)
    assert served_name(server) == "localhost"


# -- wrong settings

def faulty(certificate, folder):
    """Settings, and the variable that is named."""
    other = Certificate(folder / "other")
    noise = folder / "noise.pem"
    noise.write_text("-----BEGIN CERTIFICATE-----\nnothing good\n-----END CERTIFICATE-----\n")
    files = certificate.settings
    return {
        "no key": ({**files, "TLS_KEY_FILE": ""}, "TLS_KEY_FILE"),
        "no certificate": ({**files, "TLS_CERT_FILE": ""}, "TLS_CERT_FILE"),
        "missing": ({**files, "TLS_CERT_FILE": folder / "nowhere.pem"}, "TLS_CERT_FILE"),
        "a folder": ({**files, "TLS_KEY_FILE": folder}, "TLS_KEY_FILE"),
        "no PEM": ({**files, "TLS_CERT_FILE": noise}, "TLS_CERT_FILE"),
        "swapped": ({"TLS_CERT_FILE": certificate.key_file, "TLS_KEY_FILE": certificate.file}, "TLS_CERT_FILE"),
        "another's key": ({**files, "TLS_KEY_FILE": other.key_file}, "TLS_KEY_FILE"),
    }


def test_a_faulty_pair_is_named_at_the_start(new_server, certificate, tmp_path):
    server = new_server()
    secret_lines = certificate.key_file.read_text().splitlines()[1:-1]
    for what, (settings, name) in faulty(certificate, tmp_path).items():
        done = server.run("serve", **settings)
        assert done.returncode == 78, what
        assert name in done.stderr, what
        assert not any(line in done.stderr for line in secret_lines), what


def test_other_commands_need_no_key(new_server, certificate, tmp_path):
    """A worker's user need not be able to read it."""
    server = new_server()
    done = server.run("migrate", TLS_CERT_FILE=certificate.file, TLS_KEY_FILE=tmp_path / "nowhere.pem")
    assert done.returncode == 0, done.stderr


def test_an_expired_certificate_is_only_warned_of(new_server, tmp_path):
    expired = Certificate(tmp_path, days=-1)
    server = new_server(**expired.settings).start()
    (line,) = [entry for entry in server.log() if entry["message"] == "the TLS certificate has expired"]
    assert line["level"] == "warning"
    assert served_name(server) == "localhost"


def test_many_connections_at_once(server, certificate):
    """Each with a handshake of its own, and closed without a word."""
    answers = []

    def visit():
        for _ in range(5):
            with RawConnection(server, timeout=SECONDS, tls=certificate.client()) as connection:
                connection.send(request("GET", "/"))
                answers.append(connection.read_response().status)

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert answers == [204] * 40
