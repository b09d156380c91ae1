"""What a client waits for in a database: a proxy before PostgreSQL that counts it, and can make each of it take longer; and
what was counted, told apart.

The messages of the protocol: postgresql.org/docs/15/protocol-message-formats.html.
"""

import random
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass

from support.client import PASSWORD, unique
from support.documents import finish, pdf, upload_text
from support.postgres import Postgres
from support.proxy import Proxy

# What each operation may take of SQL Server: a request with the look at who calls, a deletion of ten pages, and the end of a
# job of so many pages.
MOST_OF_REQUESTS = {"/users/me": 1, "list": 4, "log-in": 5, "details": 3, "download": 2, "search": 4, "upload": 12}
MOST_OF_DELETE = 16
MOST_OF_FINISH = {10: 40, 200: 450}

HEADER = 5  # Of a message: its kind, and its length, which counts itself but not the kind.


@dataclass(frozen=True)
class RoundTrip:
    """`locks`: the named ones that the statement takes, in their order."""

    connection: int
    statement: str
    locks: tuple = ()


class Messages:
    """What one client says, cut into messages; after the first ones, which have no kind and set the connection up."""

    def __init__(self):
        self._rest = b""
        self._is_set_up = False
        self._prepared = {}
        self._executed = "", ()

    def feed(self, data):
        """The statements that the client waits for from here on, each with its locks: one for each Sync or simple query that
        ends in `data`."""
        self._rest += data
        waited_for = []
        while message := self._next():
            kind, body = message
            if kind == b"P":
                name, text, _ = body.split(b"\0", 2)
                self._prepared[name] = text.decode()
                self._executed = self._prepared[name], ()
            elif kind == b"B":
                _, name, values = body.split(b"\0", 2)
                statement = self._prepared.get(name, "?")
                self._executed = statement, _locks_of(statement, values)
            elif kind == b"Q":
                waited_for.append((body.rstrip(b"\0").decode(), ()))
            elif kind == b"S":
                waited_for.append(self._executed)
        return waited_for

    def _next(self):
        kind_bytes = 1 if self._is_set_up else 0
        if len(self._rest) < kind_bytes + 4:
            return None
        end = kind_bytes + int.from_bytes(self._rest[kind_bytes:kind_bytes + 4], "big")
        if len(self._rest) < end:
            return None
        message, self._rest = self._rest[:end], self._rest[end:]
        if self._is_set_up:
            return message[:1], message[HEADER:]
        # A startup message begins with the version 3.0; before it the client may ask whether there is TLS.
        self._is_set_up = message[4:8] == (3 << 16).to_bytes(4, "big")
        return b"", b""


def _locks_of(statement, values):
    if "pg_advisory_xact_lock" not in statement:
        return ()
    return tuple(value.decode().removeprefix("nassaq ") for value in _bound(values) if value.startswith(b"nassaq "))


def _bound(values):
    """The parameters of a Bind message, behind its names."""
    formats = int.from_bytes(values[:2], "big")
    values = values[2 + 2 * formats:]
    count, values = int.from_bytes(values[:2], "big"), values[2:]
    for _ in range(count):
        size = max(0, int.from_bytes(values[:4], "big", signed=True))  # -1 is NULL.
        yield values[4:4 + size]
        values = values[4 + size:]


class CountingProxy(Proxy):
    """`delay`: seconds that each round trip takes longer; it may be changed while clients are at work."""

    def __init__(self, target_port, delay=0.0):
        self.delay = delay
        self._trips = []
        self._connections = 0
        self._trips_lock = threading.Lock()
        super().__init__(target_port)

    def take(self):
        """The round trips since the last time, in order."""
        with self._trips_lock:
            trips, self._trips = self._trips, []
        return trips

    def _filters(self, client):
        with self._trips_lock:
            self._connections += 1
            connection = self._connections
        messages = Messages()

        def watch(data):
            statements = messages.feed(data)
            with self._trips_lock:
                self._trips += [RoundTrip(connection, *statement) for statement in statements]
            time.sleep(self.delay * len(statements))
            return data

        return watch, super()._filters(client)[1]


@contextmanager
def postgres_behind_a_proxy():
    """The proxy, whose `postgres` it is."""
    with closing(Postgres().start()) as postgres, closing(CountingProxy(postgres.port)) as proxy:
        proxy.postgres = postgres
        yield proxy


BEGINS = ("BEGIN", "BEGIN TRANSACTION")
COMMITS = ("COMMIT", "COMMIT TRANSACTION")
ENDS = (*COMMITS, "ROLLBACK", "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")


def transactions(trips):
    """The round trips of each transaction, from its beginning to its end; those outside of one by themselves."""
    by_connection = {}
    for trip in trips:
        by_connection.setdefault(trip.connection, []).append(trip)
    for of_connection in by_connection.values():
        open_one = []
        for trip in of_connection:
            if open_one or trip.statement in BEGINS:
                open_one.append(trip)
                if trip.statement in ENDS:
                    yield open_one
                    open_one = []
            else:
                yield [trip]


def statements_of_an_idle_node(proxy, seconds):
    proxy.take()
    time.sleep(seconds)
    return {trip.statement for trip in proxy.take()}


def least_of_several_runs(proxy, of_an_idle_node, operation, count, runs):
    """The smallest `count(round trips)`, without the transactions in which a node does nothing but what it does when idle.

    A node does more beside, at times of its own, and on a busy machine within each run: so there are up to `runs`, until the
    smallest has come twice.
    """
    counts = []
    for _ in range(runs):
        proxy.take()
        operation()
        counts.append(count([trip for transaction in transactions(proxy.take())
                             if not {trip.statement for trip in transaction} <= of_an_idle_node for trip in transaction]))
        if counts.count(min(counts)) == 2:
            break
    print(f"round trips: {counts}")
    return min(counts)


def until_the_commit_of_an_upload(trips):
    """How many they are up to the commit, behind which the worker begins."""
    [own] = {trip.connection for trip in trips if "INSERT INTO Documents" in trip.statement}
    return next(number for number, trip in enumerate(trips, 1) if trip.connection == own and trip.statement in COMMITS)


def is_of_a_finish(transaction):
    """Whether it belongs to the end of a job: what has been extracted is indexed and stored."""
    text = "\n".join(trip.statement for trip in transaction)
    is_of_an_upload = "INSERT INTO Documents" in text
    return not is_of_an_upload and any(part in text for part in (
        "FROM Search_Large l WHERE l.doc_id", "INSERT INTO Search_Pages", "INSERT INTO Search_Vocabulary", "Search_Large SET",
        "INSERT INTO Search_Large", "status = 'Finished'"))


def trips_of_finish(trips):
    return [trip for transaction in transactions(trips) if is_of_a_finish(transaction) for trip in transaction]


def requests_of(person):
    """The requests that are counted, by their names, once there is what they find."""
    document = upload_text(person, "words to be found")["doc_id"]
    others = [upload_text(person, "words of others")["doc_id"] for _ in range(19)]
    for doc_id in (document, *others):
        finish(person, doc_id)
    return {
        "/users/me": lambda: person.get("/users/me"),
        "list": lambda: person.get("/docs/me"),
        "log-in": lambda: person.login(person.email, PASSWORD),
        "details": lambda: person.get(f"/docs/{document}"),
        "download": lambda: person.get(f"/docs/{document}/download"),
        "search": lambda: person.get("/docs/search?q=words&limit=20"),
        "upload": lambda: upload_text(person, "x", f"{unique('up')}.txt"),
    }


def upload_pages(person, pages, words_of_a_page=300):
    """A PDF of always the same words, and to the end of its job."""
    letters, words = random.Random(1), random.Random(2)
    known = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(12_000)]
    lines = [[" ".join(words.choices(known, k=6)) for _ in range(words_of_a_page // 6)] for _ in range(pages)]
    document = person.upload(f"{unique('pages')}.pdf", pdf(*("\n".join(of_page) for of_page in lines)))
    finish(person, document.json()["doc_id"])
