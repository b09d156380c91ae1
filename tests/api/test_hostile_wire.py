"""Requests that are made to be read in two ways, or never to end (RFC 9112; OWASP WSTG-INPV-15, -16, -17).

Behind each one comes a second request: if it is answered after the first was refused, something was smuggled.
"""

import select
import socket
import time

import pytest

from support.raw import RawConnection, request

LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SMUGGLED = b"GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\nX-Request-Id: smuggled\r\n\r\n"


def said_by(server, data, timeout=5):
    """Everything that the server says until it closes or is silent."""
    with RawConnection(server, timeout=timeout) as connection:
        connection.send(data)
        connection.socket.shutdown(socket.SHUT_WR)
        said = b""
        try:
            while piece := connection.socket.recv(65536):
                said += piece
        except (socket.timeout, ConnectionResetError):
            pass
        return said


AMBIGUOUS = {
    "CL and TE": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE and CL": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
    "two equal lengths": b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": b"Content-Length: 5, 5\r\n\r\nhello",
    "a length with a sign": b"Content-Length: +5\r\n\r\nhello",
    "a length in hexadecimal": b"Content-Length: 0x5\r\n\r\nhello",
    "a length with a blank in it": b"Content-Length: 1 0\r\n\r\nhello",
    "an empty length": b"Content-Length:\r\n\r\nhello",
    "a length in Arabic digits": "Content-Length: ٥\r\n\r\nhello".encode(),
    "a length beyond 64 bits": b"Content-Length: 18446744073709551621\r\n\r\nhello",
    "a blank before the colon": b"Content-Length : 5\r\n\r\nhello",
    "TE before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a TE that is folded": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a field that is folded": b"X-Folded: a\r\n\tContent-Length: 5\r\n\r\nhello",
    "a TE twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE identity, chunked": b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "chunked is not last": b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "xchunked": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked in quotes": b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunked after a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": b"X-One: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare carriage return": b"X-One: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "the head ends in line feeds": b"Content-Length: 5\n\nhello",
    "a NUL in a value": b"Content-Length: 5\0\r\n\r\nhello",
    "two hosts": b"Host: y\r\nContent-Length: 5\r\n\r\nhello",
}


@pytest.mark.parametrize("fields", list(AMBIGUOUS.values()), ids=list(AMBIGUOUS))
def test_what_can_be_read_in_two_ways_is_refused(server, fields):
    said = said_by(server, LOGIN + fields + SMUGGLED)
    assert said.count(b"HTTP/1.1 ") == 1, said
    assert said.split(b" ")[1] in (b"400", b"501"), said
    assert b"connection: close" in said.lower() and b"smuggled" not in said


BROKEN_CHUNKS = {
    "no size": b"\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a blank before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "a size beyond 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "zeros without end": b"0" * 100_000 + b"5\r\nhello\r\n0\r\n\r\n",
    "a line feed after the size": b"5\nhello\r\n0\r\n\r\n",
    "a line feed after the chunk": b"5\r\nhello\n0\r\n\r\n",
    "more than the size says": b"5\r\nhello!\r\n0\r\n\r\n",
    "a line feed in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "a line feed in a trailer": b"5\r\nhello\r\n0\r\nX-One: a\nb\r\n\r\n",
}


@pytest.mark.parametrize("body", list(BROKEN_CHUNKS.values()), ids=list(BROKEN_CHUNKS))
def test_a_broken_chunked_body_is_refused(server, body):
    said = said_by(server, LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + body + SMUGGLED)
    assert said.count(b"HTTP/1.1 ") == 1 and said.split(b" ")[1] in (b"400", b"413"), said
    assert b"smuggled" not in said


def pour(server, head, piece, limit_bytes):
    """Sends `piece` again and again until the server answers; the answer's status.

    The server goes on to read for a while after a refusal, and throws it away: otherwise a client that only writes would
    never see the answer (RFC 9112, 9.6). So what counts is when the refusal comes, not when writing fails.
    """
    sent = 0
    with RawConnection(server, timeout=20) as connection:
        connection.send(head)
        while not select.select([connection.socket], [], [], 0.05 if sent > limit_bytes / 2 else 0)[0]:
            assert sent < limit_bytes, f"no answer after {sent} bytes"
            connection.send(piece)
            sent += len(piece)
        return connection.read_response().status


ENDLESS = {
    "header fields": (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-Field: value\r\n" * 1000),
    "one header field": (b"GET / HTTP/1.1\r\nHost: x\r\nX-Field: ", b"x" * 65536),
    "a target": (b"GET /", b"x" * 65536),
    "a method": (b"", b"X" * 65536),
    "a chunk extension": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n5;name=", b"x" * 65536),
    "trailers": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", b"X-Trailer: value\r\n" * 1000),
    "tiny chunks of nothing but framing": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n",
                                           b"1;" + b"x" * 1000 + b"\r\nx\r\n"),
    "a form": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
}


@pytest.mark.parametrize("head, piece", list(ENDLESS.values()), ids=list(ENDLESS))
def test_what_never_ends_is_cut_off(server, head, piece):
    before = server.rss_bytes()
    assert pour(server, head, piece, 16 * 1024 * 1024) in (400, 413, 431)
    assert server.rss_bytes() - before < 16 * 1024 * 1024


def test_a_flood_of_pipelined_requests_is_answered_as_fast_as_it_is_read(server):
    """A client that sends 20,000 requests and reads nothing makes the server neither gather answers nor serve no one."""
    flood = request("GET", "/api/v1/users/me") * 20_000
    before = server.rss_bytes()
    with RawConnection(server, timeout=1) as flooder:
        sent = 0
        try:
            while sent < len(flood):
                sent += flooder.socket.send(flood[sent:sent + 65536])
        except (socket.timeout, OSError):
            pass  # the server reads no further: what it has answered is not taken
        start = time.monotonic()
        with RawConnection(server) as other:
            other.send(request("GET", "/"))
            assert other.read_response().status == 204
        assert time.monotonic() - start < 2
        assert server.rss_bytes() - before < 32 * 1024 * 1024
        flooder.socket.settimeout(30)
        for _ in range(100):
            assert flooder.read_response().status == 401


@pytest.mark.parametrize("target", ["*", "example.com:443", "http://", "http://[::1/", "//", "/%", "/%00", "/%ff", "/%c0%af",
                                    "/\x7f", "/é", "/a b", "/#fragment", "/..", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc"])
def test_an_odd_target_is_an_answer_and_no_file(server, target):
    said = said_by(server, b"GET " + target.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert said.split(b" ")[1] in (b"204", b"307", b"400", b"404", b"505"), said
    assert b"root:" not in said


@pytest.mark.parametrize("target", ["/docs/../../../etc/passwd", "/docs/%2e%2e/%2e%2e/etc/passwd", "/docs/..%2f..%2fetc%2fpasswd",
                                    "/redoc/....//etc/passwd", "/docs/%5c..%5c..%5cetc"])
def test_the_pages_are_no_way_to_the_file_system(server, target):
    said = said_by(server, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert said.split(b" ")[1] in (b"400", b"404"), said


def test_a_host_from_the_request_adds_no_header(server):
    """The address of a redirect is made of the Host field: it may not bring a line of its own."""
    for host in ("evil.example\r\n X: y", "evil.example\tx", "evil.example x", "<script>", "a\x00b"):
        said = said_by(server, f"GET /api/v1/users HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert said.split(b" ")[1] in (b"400", b"307"), said
        assert b"\nX: y" not in said and b"<script>" not in said, said
