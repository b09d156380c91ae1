"""Limits that hold under load: reads while every hashing thread is busy, and while a thousand clients take their time.

The bars are those of the contract. A round is short, and what counts is the median of the rounds, so that what else the
machine does for a moment does not decide.
"""

import itertools
import os
import select
import socket
import statistics
import threading
import time
from urllib.parse import urlencode

import pytest

from support.client import PASSWORD, Person
from support.raw import RawConnection, allow_connections, request
from support.server import Server

ROUNDS, REQUESTS = 7, 300
SLOW_CONNECTIONS = 1_000

# A sanitizer multiplies the time that everything takes; what it finds is worth more than these numbers.
pytestmark = pytest.mark.measures


@pytest.fixture
def reader():
    """Somebody who is logged in, on a server of his own."""
    server = Server(LOG_LEVEL="info", MAX_CONNECTIONS_PER_ADDRESS=3 * SLOW_CONNECTIONS).start()
    server.create_admin("load@example.com", "Load Admin", PASSWORD)
    with Person(server.address, "load@example.com") as person:
        person.server = server
        yield person.log_in()
    server.close()


def p99_of_reads(reader):
    """Seconds of GET /users/me on one connection: the median over the rounds of each round's 99th percentile."""
    read = request("GET", "/api/v1/users/me", f"Authorization: Bearer {reader.access_token}")
    rounds = []
    with RawConnection(reader.server) as connection:
        for _ in range(ROUNDS):
            seconds = []
            for _ in range(REQUESTS):
                start = time.perf_counter()
                connection.send(read)
                assert connection.read_response().status == 200
                seconds.append(time.perf_counter() - start)
            rounds.append(statistics.quantiles(seconds, n=100)[98])
    print("p99 of each round, ms:", " ".join(f"{1000 * value:.1f}" for value in rounds))
    return statistics.median(rounds)


# -- hashing

class LogInCrowd:
    """Logs in without pause on several connections, each with the next log-in already waiting behind the one that is
    answered, so that no hashing thread ever finds its queue empty."""

    def __init__(self, server, size):
        self._stop = threading.Event()
        self.answered = itertools.count()
        form = urlencode({"username": "load@example.com", "password": "Wrong password 1!"})
        self._login = request("POST", "/api/v1/auth/login", "Content-Type: application/x-www-form-urlencoded", body=form)
        self._threads = [threading.Thread(target=self._run, args=(server,), daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def _run(self, server):
        with RawConnection(server, timeout=300) as connection:
            connection.send(self._login)
            while not self._stop.is_set():
                connection.send(self._login)
                assert connection.read_response().status == 401
                next(self.answered)

    def stop(self):
        """How many were answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join(300)
        return next(self.answered)


def test_reads_are_quick_while_all_hashing_threads_are_busy(reader):
    crowd = LogInCrowd(reader.server, 2 * os.cpu_count())
    time.sleep(1)
    p99 = p99_of_reads(reader)
    assert crowd.stop() > 0
    assert p99 < 0.020


# -- slow clients

class SlowCrowd:
    """Clients that send a body one byte at a time, each of them every few seconds."""

    def __init__(self, server, size):
        allow_connections(size)
        head = request("POST", "/api/v1/auth/register", "Content-Type: application/json", "Content-Length: 1000") + b"{"
        self.connections = []
        for _ in range(size):
            self.connections.append(socket.create_connection(("127.0.0.1", server.port), 30))
            self.connections[-1].sendall(head)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def _drip(self):
        for number in itertools.count():
            if self._stop.wait(0.005):
                return
            self.connections[number % len(self.connections)].send(b" ")

    def stop(self):
        """How many were still held: no word of the server's, and not closed."""
        self._stop.set()
        self._thread.join(30)
        poll = select.poll()
        for connection in self.connections:
            poll.register(connection, select.POLLIN | select.POLLHUP)
        held = len(self.connections) - len(poll.poll(0))
        for connection in self.connections:
            connection.close()
        return held


def test_a_thousand_slow_connections_do_not_slow_others(reader):
    before = reader.server.rss_bytes()
    crowd = SlowCrowd(reader.server, SLOW_CONNECTIONS)
    time.sleep(1)
    p99 = p99_of_reads(reader)
    grown = reader.server.rss_bytes() - before
    assert crowd.stop() == SLOW_CONNECTIONS
    assert p99 < 0.050
    assert grown < 128 * 1024 * 1024, "bytes for a thousand connections"
