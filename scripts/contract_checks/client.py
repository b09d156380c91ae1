"""HTTP by the standard library alone: JSON, forms and multipart out; status, headers and body in."""

import http.client
import json
import socket
import ssl
import time
import uuid
from urllib.parse import urlencode, urlsplit

BASE = "/api/v1"


class Unreachable(Exception):
    """There is no HTTP server at the address."""


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # a list of (lower-case name, value)
        self.body = body

    def header(self, name):
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.body)

    def json_or_text(self):
        try:
            return self.json()
        except ValueError:
            return self.text


class Server:
    """Where it is, and how a connection to it is made."""

    def __init__(self, base_url):
        self.url = base_url.rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unreachable(f"'{base_url}' is no http:// or https:// address")
        self.is_secure = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (443 if self.is_secure else 80)
        self.authority = parts.netloc

    def connect(self, timeout=60):
        kind = http.client.HTTPSConnection if self.is_secure else http.client.HTTPConnection
        return kind(self.host, self.port, timeout=timeout)

    def open_socket(self, timeout=20):
        plain = socket.create_connection((self.host, self.port), timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self.is_secure else plain

    def send(self, method, target, headers, body=None):
        """One request on a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            fields = [(name.lower(), value) for name, value in response.getheaders()]
            return Answer(response.status, fields, response.read())
        except OSError as error:
            raise Unreachable(f"no answer from {self.url}: {error}") from error
        finally:
            connection.close()

    def send_raw(self, data):
        """What the server says to these bytes until it closes or is silent for two seconds."""
        with self.open_socket(timeout=2) as connection:
            connection.sendall(data)
            said = b""
            try:
                while piece := connection.recv(65536):
                    said += piece
            except (socket.timeout, ConnectionError):
                pass
        return said


class Client:
    """A caller, with a token or without. Paths are below /api/v1; those that begin with `//` are not."""

    def __init__(self, server, token=None):
        self.server = server
        self.token = token

    def current_token(self):
        return self.token

    def request(self, method, path, body=None, headers=None, token=None):
        fields = dict(headers or {})
        token = token or self.current_token()
        if token:
            fields.setdefault("Authorization", f"Bearer {token}")
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            fields.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        target = path[1:] if path.startswith("//") else BASE + path
        return self.server.send(method, target, fields, body)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def patch(self, path, body=None, **options):
        return self.request("PATCH", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def register(self, **fields):
        return self._unhurried("/auth/register", fields, {})

    def login(self, email, password, **fields):
        form = urlencode({"username": email, "password": password, **fields})
        return self._unhurried("/auth/login", form, {"Content-Type": "application/x-www-form-urlencoded"})

    def _unhurried(self, path, body, headers):
        """As post(), and when that was once too often within the minute, again when the server says."""
        while (answer := self.post(path, body, headers=headers)).status == 429:
            time.sleep(int(answer.header("retry-after")) + 1)
        return answer

    def upload(self, filename, content, content_type="application/octet-stream", headers=None, **fields):
        return self._send_form("POST", "/docs/upload", filename, content, content_type, headers, fields)

    def put_file(self, path, filename, content, headers=None):
        return self._send_form("PUT", path, filename, content, "application/octet-stream", headers, {})

    def _send_form(self, method, path, filename, content, content_type, headers, fields):
        boundary = uuid.uuid4().hex
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                 for name, value in fields.items()]
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
                     f"Content-Type: {content_type}\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.request(method, path, body,
                            headers={**(headers or {}), "Content-Type": f"multipart/form-data; boundary={boundary}"})
