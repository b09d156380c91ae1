"""An HTTP proxy between the program and a storage service that makes what goes through it go wrong, on demand."""

import http.client
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Fault:
    """What is to happen to the next `times` requests of a `method` (any: None) whose path and query hold `path`.

    `kind`: "status" answers `value` without asking the service; "delay" waits `value` seconds before asking; "lose"
    lets the service do it and cuts the connection in place of its answer; "cut" sends the head and `value` of the
    body (a fraction); "short" leaves out the rest and says so in Content-Length; "corrupt" changes one byte of it, "damage"
    one of what is sent; "reset" cuts the connection at once.
    """

    kind: str
    value: float = 0
    method: str | None = None
    times: int = 1
    headers: tuple = ()
    path: str = ""


class FaultProxy:
    def __init__(self, target_port):
        self.target_port = target_port
        self.requests = []  # "METHOD path", in order
        self.connections = 0
        self._faults = []
        self._lock = threading.Lock()
        self._server = None
        self.port = None
        self.open()

    def open(self):
        """Listens, on the same port as before."""
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = _Server(("127.0.0.1", self.port or 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        """Refuses connections, and cuts those that are open."""
        self._server.shutdown()
        self._server.server_close()
        self._server.cut_all()

    def add(self, *arguments, **options):
        with self._lock:
            self._faults.append(Fault(*arguments, **options))

    def clear(self):
        with self._lock:
            self._faults.clear()

    def take(self, method, path):
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and fault.method in (None, method) and fault.path in path:
                    fault.times -= 1
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, *arguments):
        self._sockets = set()
        super().__init__(*arguments)

    def process_request(self, request, client_address):
        self._sockets.add(request)
        super().process_request(request, client_address)

    def cut_all(self):
        for connection in list(self._sockets):
            try:
                connection.shutdown(2)
            except OSError:
                pass  # Closed already.

    def handle_error(self, *unused):
        pass  # Clients that go away are what this is about.


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner = None

    def setup(self):
        super().setup()
        self.owner.connections += 1

    def log_message(self, *unused):
        pass

    def _pass_on(self):
        announced = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(announced)
        if len(body) < announced:  # Cut while it came in: the service would wait for the rest, and the sender with it.
            return self._cut()
        self.owner.requests.append(f"{self.command} {self.path}")
        fault = self.owner.take(self.command, self.path)
        kind = fault.kind if fault else None
        if kind == "reset":
            return self._cut()
        if kind == "status":
            return self._answer(int(fault.value), fault.headers, b"")
        if kind == "delay":
            time.sleep(fault.value)
        if kind == "damage":
            body = self._with_another_byte(body)
        status, headers, content = self._ask(body)
        if kind == "lose":
            return self._cut()
        if kind == "corrupt" and content:
            content = self._with_another_byte(content)
        if kind == "short":
            content = content[:int(len(content) * fault.value)]
        if kind == "cut":
            return self._answer(status, headers, content, int(len(content) * fault.value))
        return self._answer(status, headers, content)

    @staticmethod
    def _with_another_byte(content):
        middle = len(content) // 2
        return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:]

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on

    def _ask(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.owner.target_port, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def _answer(self, status, headers, content, sent=None):
        self.send_response_only(status)
        length = None
        for name, value in headers:
            if name.lower() == "content-length":
                length = value
            elif name.lower() not in ("transfer-encoding", "connection", "keep-alive"):
                self.send_header(name, value)
        self.send_header("content-length", length if self.command == "HEAD" and length else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[:sent])
        if sent is not None:
            self.wfile.flush()
            self._cut()

    def _cut(self):
        self.close_connection = True
        self.connection.shutdown(2)
