"""HTTP/1.1 on a bare socket, for what a well-behaved client library cannot send or does not show."""

import json
import resource
import socket
from dataclasses import dataclass


@dataclass
class RawResponse:
    status: int
    headers: list  # of (lower-case name, value), in the order they came
    body: bytes

    def header(self, name):
        """The one value of a header, or None; twice the same header is an error."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) <= 1, self.headers
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)


class RawConnection:
    """One TCP connection, with TLS when a context for it is given. Reading raises EOFError when the server closed it, and
    ssl.SSLEOFError when it did so without saying so (close_notify)."""

    def __init__(self, server, timeout=30, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost", suppress_ragged_eofs=False)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        self.socket.sendall(data)

    def read_response(self, head=False):
        """The next response; `head` when the request was HEAD, so that no body follows."""
        lines = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        assert version == "HTTP/1.1", lines[0]
        headers = []
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers.append((name.lower(), value.strip()))
        response = RawResponse(int(status), headers, b"")
        if not head and response.status >= 200 and response.status not in (204, 304):
            response.body = self._read_body(response)
        return response

    def _read_body(self, response):
        if response.header("transfer-encoding") == "chunked":
            body = b""
            while size := int(self._read_until(b"\r\n").split(b";")[0], 16):
                body += self._read_exactly(size)
                self._read_exactly(2)
            self._read_until(b"\r\n")
            return body
        return self._read_exactly(int(response.header("content-length")))

    def is_closed(self):
        """True once the server has closed; waits for it as long as the time-out says."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _read_until(self, mark):
        while mark not in self._buffer:
            self._receive()
        found, self._buffer = self._buffer.split(mark, 1)
        return found

    def _read_exactly(self, size):
        pieces = [self._buffer[:size]]
        self._buffer = self._buffer[size:]
        left = size - len(pieces[0])
        while left:
            piece = self.socket.recv(min(left, 65536))
            if not piece:
                raise EOFError(f"closed {left} bytes before the end")
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"closed after {self._buffer!r}")
        self._buffer += data


def allow_connections(count):
    """As many at once in this process, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 1000), hard))


def request(method, target, *headers, body=b"", host="127.0.0.1"):
    """The bytes of a request; Content-Length is added when there is a body."""
    if isinstance(body, str):
        body = body.encode()
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
