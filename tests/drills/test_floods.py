"""Floods of requests and of bodies, and somebody else who is served beside them (decision 0094).

What counts is the 99th of 100 of the other's requests, and how much larger the server gets.
"""

import itertools
import os
import statistics
import threading
import time
from contextlib import ExitStack, closing

import pytest

from support.client import PASSWORD, Person, create_person
from support.database import KIND, database
from support.raw import RawConnection, allow_connections, request
from support.server import Server

MIB = 1024 * 1024
# A sanitizer multiplies the time and the memory that everything takes; what it finds is worth more than these numbers.
pytestmark = pytest.mark.measures
# A build without optimisation, or a machine that has much else to do, may have more.
SLOWNESS = float(os.environ.get("NASSAQ_DRILL_SLOWNESS", "1"))


@pytest.fixture
def admin():
    """On a server of its own: what one flood has left behind is not the next one's."""
    allow_connections(3000)
    server = Server(LOG_LEVEL="info", MAX_CONNECTIONS_PER_ADDRESS=5000).start()
    server.create_admin("floods@example.com", "Floods Admin", PASSWORD)
    with Person(server.address, "floods@example.com") as person:
        person.server = server
        yield person.log_in()
    server.close()


@pytest.fixture
def people(admin):
    with ExitStack() as stack:
        yield [stack.enter_context(create_person(admin)) for _ in range(5)]


def bearer(person):
    return f"Authorization: Bearer {person.access_token}"


class Other:
    """Asks for these things in turn for as long as the `with` lasts, and at least so many times, on a connection of its own."""

    def __init__(self, server, *asked, pause=0.005, least=300):
        self.least = least
        self.seconds = []
        self.statuses = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(server, asked, pause), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        for _ in range(200):
            if len(self.seconds) >= self.least or not self._thread.is_alive():
                break
            time.sleep(0.1)
        self._stop.set()
        self._thread.join(60)

    def _run(self, server, asked, pause):
        with RawConnection(server, timeout=60) as connection:
            for wanted in itertools.cycle(asked):
                if self._stop.wait(pause):
                    return
                start = time.perf_counter()
                connection.send(wanted)
                self.statuses.add(connection.read_response().status)
                self.seconds.append(time.perf_counter() - start)

    def percentile_99(self):
        assert len(self.seconds) >= 100, f"only {len(self.seconds)} requests were answered meanwhile"
        found = statistics.quantiles(self.seconds, n=100)[98]
        print(f"another's {len(self.seconds)} requests: median {1000 * statistics.median(self.seconds):.1f} ms, "
              f"p99 {1000 * found:.1f} ms, longest {1000 * max(self.seconds):.1f} ms")
        return found


# -- bodies

def most_rss(server):
    """Once the server has read what was sent to it: the most until it has grown no more for a second."""
    most, since = 0, time.monotonic()
    while time.monotonic() < since + 1:
        if server.rss_bytes() > most + MIB:
            most, since = server.rss_bytes(), time.monotonic()
        time.sleep(0.05)
    return most


@pytest.mark.parametrize("method, target", [("GET", "/"), ("POST", "/api/v1/auth/refresh"), ("POST", "/api/v1/auth/register")])
def test_a_thousand_bodies_that_do_not_end(admin, people, method, target):
    """Of a mebibyte each, from one address, and nobody has logged in for them."""
    server = admin.server
    head = request(method, target, "Content-Type: application/json", f"Content-Length: {MIB}")
    body = b"x" * (MIB - 1)
    before = server.rss_bytes()
    with ExitStack() as crowd, Other(server, request("GET", "/api/v1/auth/sessions", bearer(people[0]))) as other:
        for _ in range(1000):
            connection = crowd.enter_context(RawConnection(server))
            connection.send(head)
            connection.send(body)
        grown = most_rss(server) - before
    print(f"1000 bodies to {method} {target}: RSS grew by {grown / MIB:.0f} MiB")
    assert other.statuses == {200}
    assert other.percentile_99() < 0.1 * SLOWNESS
    assert grown < 96 * MIB


# -- requests

class Flood:
    """Sends these without pause, each of `size` connections the next one as soon as it has its answer."""

    def __init__(self, server, wanted, size, threads=3):
        self.statuses, self.bodies = set(), set()
        self._wanted = wanted
        self._stop = threading.Event()
        connections = [RawConnection(server, timeout=60) for _ in range(size)]
        self._threads = [threading.Thread(target=self._run, args=(connections[i::threads],), daemon=True)
                         for i in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self, connections):
        while not self._stop.is_set():
            for connection in connections:
                connection.send(self._wanted)
            for connection in connections:
                response = connection.read_response()
                self.statuses.add(response.status)
                self.bodies.add(response.body)
        for connection in connections:
            connection.socket.close()


def test_fifteen_hundred_who_ask_whether_all_is_well(admin):
    """Looked at five times a second however many ask; and nobody is told that all is not well."""
    ready = request("GET", "/healthz/ready")
    began = time.monotonic()
    with Flood(admin.server, ready, 1500) as flood:
        time.sleep(1)
        with Other(admin.server, ready, least=6) as probe:
            time.sleep(6)
    looked = len(flood.bodies) / (time.monotonic() - began)
    print(f"another's {len(probe.seconds)} probes: longest {1000 * max(probe.seconds):.0f} ms; looked at {looked:.1f} times a second")
    assert flood.statuses == probe.statuses == {200}
    assert len(probe.seconds) >= 6 and max(probe.seconds) < 1 * SLOWNESS
    assert looked < 6


@pytest.mark.skipif(KIND != "sqlite", reason="holds SQLite's writer")
def test_four_whose_writes_wait(admin, people):
    """Each of them has hundreds of changes waiting for a writer that is held: the fifth reads as ever."""
    server = admin.server
    *greedy, fifth = people
    read = [request("GET", target, bearer(fifth)) for target in ("/api/v1/auth/sessions", "/api/v1/users/me", "/api/v1/docs/me")]
    with ExitStack() as crowd:
        writer = crowd.enter_context(closing(database().connect(server.data_directory, writes=True)))
        writer.execute("BEGIN IMMEDIATE")
        connections = [crowd.enter_context(RawConnection(server, timeout=60)) for _ in range(4 * 600)]
        for person, connection in zip(itertools.cycle(greedy), connections):
            connection.send(request("PATCH", "/api/v1/users/me", bearer(person), "Content-Type: application/json",
                                    body='{"full_name":"A Greedy Person"}'))
        with Other(server, *read) as other, Other(server, request("GET", "/")) as alive:
            time.sleep(3)
        writer.rollback()
        statuses = {connection.read_response().status for connection in connections}
    print(f"the floods were answered {sorted(statuses)}")
    assert other.statuses == {200} and alive.statuses == {204}
    assert other.percentile_99() < 0.1 * SLOWNESS
    assert alive.percentile_99() < 0.1 * SLOWNESS
    assert statuses == {200, 503}


def test_four_who_ask_without_pause(admin, people):
    """Lists and numbers, which take the processors: whoever else comes has the next turn."""
    server = admin.server
    *greedy, fifth = people
    read = [request("GET", target, bearer(fifth)) for target in ("/api/v1/auth/sessions", "/api/v1/users/me")]
    with ExitStack() as crowd:
        for person in greedy:
            crowd.enter_context(Flood(server, request("GET", "/api/v1/auth/sessions", bearer(person)), 50, threads=1))
        with Other(server, *read) as other, Other(server, request("GET", "/")) as alive:
            time.sleep(6)
    assert other.statuses == {200} and alive.statuses == {204}
    assert other.percentile_99() < 0.1 * SLOWNESS
    assert alive.percentile_99() < 0.1 * SLOWNESS
