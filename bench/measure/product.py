"""A server of ours to be measured, on a DATA_DIR of its own."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

from measure.load import cpu_seconds

EMAIL, PASSWORD = "bench@example.com", "Bench-passw0rd"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Product:
    """A server process on a DATA_DIR of its own."""

    def __init__(self, build, directory):
        self.binary = build / "nassaq"
        self.directory = directory
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
            "LANG": "C.UTF-8",
            "ENVIRONMENT": "dev",
            "HOST": "127.0.0.1",
            "DATA_DIR": str(directory / "data"),
            "LOG_FORMAT": "json",
            "LOGIN_RATE_LIMIT": "0",
            "ACCESS_TOKEN_EXPIRE_MINUTES": "600",
        }
        self.process = None
        self.port = None

    def create_admin(self):
        subprocess.run([self.binary, "admin", "create", "--email", EMAIL, "--full-name", "Bench Mark", "--password-stdin"],
                       input=PASSWORD + "\n", text=True, check=True, env=self.environment, cwd=self.directory,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        """@return seconds from exec to the first 204."""
        self.port = free_port()
        with open(self.directory / "server.log", "ab") as log:
            began = time.perf_counter()
            self.process = subprocess.Popen([self.binary, "serve"], cwd=self.directory, stdout=log, stderr=log,
                                            env={**self.environment, "PORT": str(self.port)})
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/").status == 204:
                    return time.perf_counter() - began
            if self.process.poll() is not None or time.perf_counter() - began > 20:
                sys.exit(f"the server does not start; see {self.directory / 'server.log'}")
            time.sleep(0.001)

    def settle(self):
        """Waits until what it does at its start, such as looking for lost files, is done."""
        spent = None
        while spent is None or cpu_seconds(self.process.pid) - spent > 0.05:
            spent = cpu_seconds(self.process.pid)
            time.sleep(1)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    def request(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            response.body = response.read()
            return response
        finally:
            connection.close()

    def login(self):
        form = urllib.parse.urlencode({"username": EMAIL, "password": PASSWORD})
        response = self.request("POST", "/api/v1/auth/login", form,
                                {"Content-Type": "application/x-www-form-urlencoded"})
        if response.status != 200:
            sys.exit(f"login failed: {response.status} {response.body!r}")
        return json.loads(response.body)["access_token"]

    def rss(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def io_threads(self):
        names = [(task / "comm").read_text() for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()]
        return sum(name.startswith("http-io") for name in names)

    def wire_answer(self, method, target, headers):
        """The answer as it is on the wire."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode())
            wire = b""
            while b"\r\n\r\n" not in wire:
                wire += connection.recv(65536)
            length = re.search(rb"content-length: (\d+)", wire.lower())
            whole = wire.index(b"\r\n\r\n") + 4 + (int(length.group(1)) if length else 0)
            while len(wire) < whole:
                wire += connection.recv(65536)
            return wire


def multipart(filename, content):
    head = (f'--bench\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n")
    return head.encode() + content + b"\r\n--bench--\r\n"


def upload_headers(authorization):
    return {**authorization, "Content-Type": "multipart/form-data; boundary=bench"}
