"""A proxy before SQL Server that counts what a client waits for, can make each of it take longer, and fails as a server or a
network does."""

import re
import threading
import time
from dataclasses import dataclass

from support.proxy import Proxy
from support.round_trips import COMMITS, ENDS, BEGINS
from support.tds_messages import TLS, Messages, Statements, error_answer


@dataclass
class RoundTrip:
    """One message of a client; `began` and `ended` of time.monotonic(), the latter when its answer has passed through."""

    connection: int
    kind: str
    statement: str
    began: float
    ended: float = 0.0


@dataclass
class _Fault:
    """What becomes of the next message of any client that `meets` a conversation and a statement."""

    meets: object
    deed: object


class TdsProxy(Proxy):
    """`delay`: seconds that each message of a client takes longer; it may be changed while clients are at work."""

    def __init__(self, target_port, target_host="127.0.0.1", delay=0.0):
        self.delay = delay
        self.is_black_hole = False
        self.faults_met = 0
        self._faults = []
        self._trips = []
        self._connections = 0
        self._state_lock = threading.Lock()
        super().__init__(target_port, target_host)

    def take(self):
        """The messages since the last time, in order, but those of connecting."""
        with self._state_lock:
            trips, self._trips = self._trips, []
        return trips

    def fail(self, text, number, words="as the tests have it."):
        """The next statement that has `text` in it is answered by that error of SQL Server, which does not get it."""
        self._add(lambda conversation, trip, message: text in trip.statement,
                  lambda conversation, trip, message: conversation.answer(
                      error_answer(number, words, of_call=message.kind == "rpc")))

    def cut_behind_commit(self, text):
        """The server gets the next COMMIT of a transaction that had `text` in a statement or its values; its answer is not
        passed on, and the connection ends."""
        self._add(lambda conversation, trip, message: trip.statement in COMMITS and conversation.has_said(text),
                  lambda conversation, trip, message: conversation.lose_the_answer(message))

    def cut_before_commit(self, text):
        """As cut_behind_commit, but the server does not get it."""
        self._add(lambda conversation, trip, message: trip.statement in COMMITS and conversation.has_said(text),
                  lambda conversation, trip, message: conversation.cut())

    def swallow(self):
        """A black hole: from now on nothing that anybody says reaches the other side, and nobody is told. What has lost a
        word stays silent for ever; new connections do so until heal()."""
        self.is_black_hole = True

    def heal(self):
        with self._state_lock:
            self._faults.clear()
        self.is_black_hole = False
        super().heal()

    def _add(self, meets, deed):
        with self._state_lock:
            self._faults.append(_Fault(meets, deed))

    def _filters(self, client):
        with self._state_lock:
            self._connections += 1
            conversation = _Conversation(self, self._connections, client)
        return conversation.of_client, conversation.of_server

    def _note(self, trip):
        with self._state_lock:
            self._trips.append(trip)

    def _fault_met(self, conversation, trip, message):
        with self._state_lock:
            for fault in self._faults:
                if fault.meets(conversation, trip, message):
                    self._faults.remove(fault)
                    self.faults_met += 1
                    return fault
        return None


class _Conversation:
    """One client and the server; each direction has a thread of its own, and they speak in turn."""

    def __init__(self, proxy, number, client):
        self._proxy = proxy
        self._number = number
        self._client = client
        self._of_client = Messages()
        self._of_server = Messages()
        self._statements = Statements()
        self._trip = None
        self._said = []  # The bodies of an open transaction's messages.
        self._loses_answer = False
        self._is_swallowed = False

    # -- the two directions

    def of_client(self, data):
        return b"".join(map(self._pass_on, self._of_client.feed(data))) if not self._swallows() else b""

    def of_server(self, data):
        if self._loses_answer:
            self.cut()
        return b"".join(map(self._pass_back, self._of_server.feed(data))) if not self._swallows() else b""

    # -- deeds

    def answer(self, data):
        self._client.sendall(data)
        return b""

    def lose_the_answer(self, message):
        self._loses_answer = True
        return message.raw

    def cut(self):
        raise ConnectionAbortedError("the test cuts it")

    def has_said(self, text):
        return any(text.encode("utf-16-le") in body for body in self._said)

    # -- within

    def _swallows(self):
        self._is_swallowed = self._is_swallowed or self._proxy.is_black_hole
        return self._is_swallowed

    def _pass_on(self, message):
        if message.kind in (TLS, "prelogin", "login"):
            return message.raw
        trip = self._trip = RoundTrip(self._number, message.kind, self._statements.of(message), time.monotonic())
        self._proxy._note(trip)
        time.sleep(self._proxy.delay)
        self._remember(trip, message)
        fault = self._proxy._fault_met(self, trip, message)
        return fault.deed(self, trip, message) if fault else message.raw

    def _remember(self, trip, message):
        if trip.statement in BEGINS:
            self._said = []
        elif trip.statement not in ENDS:
            self._said.append(message.body)

    def _pass_back(self, message):
        self._statements.see_answer(message)
        if self._trip:
            self._trip.ended = time.monotonic()
        return message.raw


# -- connection strings

def _parts(connection_string):
    """Of a connection string without `;` in its values, by their names in small letters."""
    return dict((name.strip().lower(), (name, value)) for name, _, value in
                (part.partition("=") for part in connection_string.split(";") if part.strip()))


def is_of_freetds(connection_string):
    return re.search("freetds|tdsodbc", connection_string, re.IGNORECASE) is not None


def address_of(connection_string):
    """(host, port): Server=HOST,PORT of Microsoft's driver, Server=HOST;Port=PORT of FreeTDS."""
    parts = _parts(connection_string)
    host, _, port = parts["server"][1].strip().removeprefix("tcp:").partition(",")
    return host, int(port or parts.get("port", ("", "1433"))[1])


def through(proxy, connection_string):
    """The same database by way of a proxy, which must be able to read: only the log-in may be encrypted."""
    parts = _parts(connection_string)
    if is_of_freetds(connection_string):
        parts |= {"server": ("Server", "127.0.0.1"), "port": ("Port", str(proxy.port))}
        parts |= {"encryption": ("Encryption", "request")}
    else:
        parts |= {"server": ("Server", f"127.0.0.1,{proxy.port}"), "encrypt": ("Encrypt", "no")}
    return ";".join(f"{name}={value}" for name, value in parts.values())
