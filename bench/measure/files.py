"""A file of 50 MB down and up, beside nginx serving the same file and taking it by WebDAV PUT on the same disk. nginx does
less: it knows no users, hashes nothing and syncs nothing."""

import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time

from measure.product import free_port

SIZE = 50_000_000
CHUNK = 1 << 20


class Nginx:
    def __init__(self, directory, port):
        self.directory, self.port, self.process = directory, port, None
        (directory / "files").mkdir(parents=True)
        self.configuration = directory / "nginx.conf"
        self.configuration.write_text(f"""
            daemon off; {'user root;' if os.geteuid() == 0 else ''} worker_processes {os.cpu_count()};
            pid {directory}/pid; error_log {directory}/error.log;
            events {{ worker_connections 64; }}
            http {{
                access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; client_max_body_size 0;
                client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
                fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi;
                scgi_temp_path {directory}/scgi;
                server {{ listen 127.0.0.1:{port}; root {directory}/files; dav_methods PUT; }}
            }}""")

    def start(self):
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        self.process = subprocess.Popen([program, "-p", self.directory, "-c", self.configuration],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            if self.process.poll() is not None:
                sys.exit("nginx does not start:\n" + (self.directory / "error.log").read_text())
            time.sleep(0.01)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


class Connection:
    """HTTP/1.1 by hand: the client must cost next to nothing."""

    def __init__(self, port, headers=()):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        # A request goes out in several pieces, the last of which would wait for the acknowledgement of those before it.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.headers = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.buffer = bytearray(CHUNK)

    def exchange(self, method, target, head="", body=()):
        """@return the status, the first bytes of the body, and the seconds from the first byte out to the last one in."""
        began = time.perf_counter()
        length = sum(map(len, body))
        self.socket.sendall(f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.headers}{head}"
                            f"Content-Length: {length}\r\n\r\n".encode())
        for piece in body:
            self.socket.sendall(piece)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(65536)
        fields, _, start = answer.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in fields.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        left = int(lengths[0]) - len(start)
        while left > 0:
            count = self.socket.recv_into(self.buffer, min(left, CHUNK))
            if count == 0:
                sys.exit(f"{method} {target} was cut")
            left -= count
        return int(fields.split()[1]), start, time.perf_counter() - began


def _content(number):
    """No two are the same: what has been uploaded before would be stored by a link."""
    block = os.urandom(CHUNK)
    return (b"%%PDF-1.7\n%d\n" % number + block * (SIZE // CHUNK + 1))[:SIZE]


def _upload(connection, number, bytes_):
    before = (f'--b\r\nContent-Disposition: form-data; name="file"; filename="file {number}.pdf"\r\n\r\n').encode()
    status, answer, seconds = connection.exchange("POST", "/api/v1/docs/upload",
                                                  "Content-Type: multipart/form-data; boundary=b\r\n",
                                                  [before, bytes_, b"\r\n--b--\r\n"])
    if status != 201:
        sys.exit(f"the upload was answered {status}: {answer!r}")
    return json.loads(answer)["doc_id"], seconds


def _put(connection, number, bytes_):
    status, _, seconds = connection.exchange("PUT", f"/file-{number}.pdf", body=[bytes_])
    if status != 201:
        sys.exit(f"nginx answered {status} to the PUT")
    return seconds


def _get(connection, target):
    status, _, seconds = connection.exchange("GET", target)
    if status != 200:
        sys.exit(f"GET {target} was answered {status}")
    return seconds


def _wait_for_extraction(connection, doc_id):
    """It gives up such a file at once, but reads it first."""
    for _ in range(600):
        _, answer, _ = connection.exchange("GET", f"/api/v1/docs/{doc_id}/status")
        if json.loads(answer)["status"] in ("Finished", "Failed"):
            return
        time.sleep(0.05)
    sys.exit("the document is not processed")


def _exchange(product, nginx, rounds):
    ours = Connection(product.port, product.authorization.items())
    theirs = Connection(nginx.port)
    times = {"download": ([], []), "upload": ([], [])}
    for number in range(rounds + 1):  # The first one warms up.
        bytes_ = _content(number)
        theirs_up = _put(theirs, number, bytes_)
        doc_id, ours_up = _upload(ours, number, bytes_)
        _wait_for_extraction(ours, doc_id)
        # Extraction has read ours once. The kernel spends more on reading a page the second time than the first (it moves
        # it to the list of active ones): theirs is read once before, too.
        _get(theirs, f"/file-{number}.pdf")
        theirs_down = _get(theirs, f"/file-{number}.pdf")
        ours_down = _get(ours, f"/api/v1/docs/{doc_id}/download")
        if number:
            times["upload"][0].append(ours_up)
            times["upload"][1].append(theirs_up)
            times["download"][0].append(ours_down)
            times["download"][1].append(theirs_down)
        (nginx.directory / f"files/file-{number}.pdf").unlink()
    return times


def beside_nginx(product, directory, rounds):
    """Both take turns, over one kept connection each. @return for "download" and "upload" the median of the megabytes a
    second, ours and nginx's."""
    nginx = Nginx(directory, free_port())
    try:
        nginx.start()
        times = _exchange(product, nginx, rounds)
    finally:
        nginx.stop()
    return {name: tuple(SIZE / statistics.median(seconds) / 1e6 for seconds in both) for name, both in times.items()}
