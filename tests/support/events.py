"""A client of Server-Sent Events (html.spec.whatwg.org, 9.2) that knows no more of them than the standard says."""

import contextlib
import json
import queue
import socket
import threading
from dataclasses import dataclass

from support import conformance
from support.raw import RawConnection, request


@dataclass
class Event:
    id: str
    type: str
    data: dict


class EventStream:
    """GET /docs/events as one person; read by a thread of its own until either side closes."""

    def __init__(self, server, token, last_event_id=None, tls=None):
        headers = [f"Authorization: Bearer {token}", "Accept: text/event-stream"]
        if last_event_id is not None:
            headers.append(f"Last-Event-ID: {last_event_id}")
        self._connection = RawConnection(server, timeout=60, tls=tls)
        self._connection.send(request("GET", "/api/v1/docs/events", *headers))
        head = self._connection._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        self.status = int(head[0].split(" ")[1])
        self.headers = dict(line.lower().split(": ", 1) for line in head[1:])
        conformance.saw("GET", "/api/v1/docs/events", self.status)
        self.comments = queue.Queue()
        self._greeted = threading.Event()
        self.last_event_id = None
        self.ended = threading.Event()
        self._events = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self.status != 200 or self._greeted.wait(20), "the stream did not say where it begins"

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        # A socket that another thread waits on stays open to the server until that wait is over.
        with contextlib.suppress(OSError):
            self._connection.socket.shutdown(socket.SHUT_RDWR)
        self._connection.socket.close()

    def _read(self):
        fields = []
        try:
            while True:
                line = self._connection._read_until(b"\n").decode()
                if line.startswith(":"):
                    self.comments.put(line)
                elif line:
                    fields.append(line.split(": ", 1))
                else:
                    self._dispatch(fields)
                    fields = []
        except (EOFError, OSError, ValueError):
            self.ended.set()

    def _dispatch(self, fields):
        block = dict(fields)
        self.last_event_id = block.get("id", self.last_event_id)
        if "data" in block:
            self._events.put(Event(self.last_event_id, block.get("event", "message"), json.loads(block["data"])))
        self._greeted.set()

    def next(self, seconds=30):
        return self._events.get(timeout=seconds)

    def until(self, doc_id, status):
        """The statuses of that document up to `status`; those of others are passed over."""
        seen = []
        while not seen or seen[-1] != status:
            event = self.next()
            if event.data["doc_id"] == doc_id:
                seen.append(event.data["status"])
        return seen

    def is_silent(self, seconds=1.5):
        try:
            self._events.get(timeout=seconds)
        except queue.Empty:
            return True
        return False
