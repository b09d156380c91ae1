"""Clients that take their time with long texts: they cost next to nothing, and nobody else waits for them."""

import socket
import time

import pytest

from support.client import PASSWORD, Person, create_person
from support.documents import wait_processed
from support.raw import request
from support.server import Server

MIB = 1024 * 1024
TEXT = ("بسم الله الرحمن الرحيم: a lease of thirty words, \"quoted\" and all.\n" * 300_000).encode()[:18 * MIB].decode(errors="ignore")

pytestmark = pytest.mark.measures


@pytest.fixture(scope="module")
def library():
    server = Server(ACCESS_TOKEN_EXPIRE_MINUTES=60, LOGIN_RATE_LIMIT=0).start()
    server.create_admin("slow@example.com", "Slow Admin", PASSWORD)
    with Person(server.address, "slow@example.com") as admin:
        admin.log_in()
        admin.server = server
        admin.doc_id = admin.upload("long.txt", TEXT.encode()).json()["doc_id"]
        assert wait_processed(admin, admin.doc_id, seconds=240)["status"] == "Finished"
        yield admin
    server.close()


class SlowReader:
    """Asks for the text, takes its head and no more."""

    def __init__(self, server, doc_id, token, accept):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(request("GET", f"/api/v1/docs/{doc_id}/text", f"Authorization: Bearer {token}",
                                    f"Accept: {accept}"))

    def status(self):
        return int(self.socket.recv(16).split()[1])


@pytest.mark.parametrize("accept", ["application/json", "text/plain"])
@pytest.mark.parametrize("readers", [24, 200])
def test_slow_readers_of_a_long_text(library, readers, accept):
    server = library.server
    with create_person(library) as other:
        assert library.get("/users/me").status_code == 200
        before = server.rss_bytes()
        crowd = [SlowReader(server, library.doc_id, library.access_token, accept) for _ in range(readers)]
        assert [reader.status() for reader in crowd] == [200] * readers
        most, slowest = 0, 0.0
        for _ in range(30):
            most = max(most, server.rss_bytes())
            start = time.perf_counter()
            assert other.get("/users/me").status_code == 200
            slowest = max(slowest, time.perf_counter() - start)
            time.sleep(0.02)
        for reader in crowd:
            reader.socket.close()
    print(f"{readers} readers of {accept}: RSS grew by {(most - before) / MIB:.1f} MiB; "
          f"another user waited {1000 * slowest:.0f} ms at most")
    assert most - before < 64 * MIB


def test_it_arrives_whole(library):
    response = library.get(f"/docs/{library.doc_id}/text", headers={"accept": "text/plain"}, timeout=240)
    assert response.status_code == 200 and response.content.decode().strip() == TEXT.strip()
    answer = library.get(f"/docs/{library.doc_id}/text", timeout=240).json()
    assert answer["text"].strip() == TEXT.strip()
    assert [page["text"] for page in answer["pages"]] == [answer["text"]]
