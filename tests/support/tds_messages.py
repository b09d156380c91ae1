"""The messages between SQL Server and its clients, taken apart as far as the tests ask ([MS-TDS], learn.microsoft.com)."""

import re
from dataclasses import dataclass

PACKET_HEADER = 8  # [MS-TDS] 2.2.3.1: type, status, length (2), process (2), number, window.
RECORD_HEADER = 5  # Of TLS, RFC 8446, 5.1: type, version (2), length (2).
IS_LAST = 1
ANSWER = 4
TLS = "tls"
KINDS = {1: "batch", 3: "rpc", 4: "answer", 6: "attention", 7: "bulk", 14: "transaction", 16: "login", 18: "prelogin",
         **dict.fromkeys(range(20, 24), TLS)}
PROCEDURES = {10: "sp_executesql", 11: "sp_prepare", 12: "sp_execute", 13: "sp_prepexec", 15: "sp_unprepare"}
# Which of their parameters is the statement, and which its number (2.2.6.6).
STATEMENT_AT = {"sp_executesql": 0, "sp_prepare": 2, "sp_prepexec": 2}
NUMBERED = ("sp_execute", "sp_unprepare")
INTN, NVARCHAR, NTEXT = 0x26, 0xE7, 0x63
# The end of an answer that gives a prepared statement its number: RETURNVALUE (0xAC) of INTN, perhaps RETURNSTATUS (0x79), and
# DONEPROC (0xFE).
NUMBER_IN_ANSWER = re.compile(rb"\x26\x04\x04(.{4})(?:\x79.{4})?\xfe.{12}$", re.DOTALL)


@dataclass(frozen=True)
class Message:
    """`raw`: with the headers of its packets, as it is passed on."""

    kind: str
    body: bytes
    raw: bytes


class Messages:
    """What one side says, cut into whole messages. What is encrypted stays a record of TLS each."""

    def __init__(self):
        self._rest = b""
        self._body = self._raw = b""

    def feed(self, data):
        self._rest += data
        while packet := self._next_packet():
            kind = KINDS.get(packet[0], str(packet[0]))
            if kind == TLS:
                yield Message(kind, b"", packet)
                continue
            self._raw += packet
            self._body += packet[PACKET_HEADER:]
            if packet[1] & IS_LAST:
                message = Message(kind, self._body, self._raw)
                self._body = self._raw = b""
                yield message

    def _next_packet(self):
        if len(self._rest) < PACKET_HEADER:
            return None
        is_record = KINDS.get(self._rest[0]) == TLS
        length = (RECORD_HEADER + int.from_bytes(self._rest[3:5], "big") if is_record
                  else int.from_bytes(self._rest[2:4], "big"))
        if len(self._rest) < length:
            return None
        packet, self._rest = self._rest[:length], self._rest[length:]
        return packet


class Statements:
    """Which statement each message of one connection executes, also when it only gives the number of a prepared one."""

    def __init__(self):
        self._by_number = {}
        self._being_prepared = None

    def of(self, message):
        if message.kind == "batch":
            return message.body[_headers_length(message.body):].decode("utf-16-le", "replace")
        if message.kind != "rpc":
            return message.kind
        procedure, reader = _called(message.body)
        if procedure in STATEMENT_AT:
            *_, statement = (reader.parameter() for _ in range(STATEMENT_AT[procedure] + 1))
            self._being_prepared = statement if procedure != "sp_executesql" else None
            return statement
        if procedure in NUMBERED:
            statement = self._by_number.get(reader.parameter(), "?")
            return statement if procedure == "sp_execute" else f"{procedure}: {statement}"
        return procedure

    def see_answer(self, message):
        found = self._being_prepared and NUMBER_IN_ANSWER.search(message.body)
        if found:
            self._by_number[int.from_bytes(found[1], "little")] = self._being_prepared
            self._being_prepared = None


def _headers_length(body):
    """Of ALL_HEADERS (2.2.5.3), which stand before a batch and a call."""
    return int.from_bytes(body[:4], "little")


def _called(body):
    """The procedure's name, and a reader at its first parameter."""
    reader = _Reader(body, _headers_length(body))
    units = reader.number(2)
    name = PROCEDURES.get(number := reader.number(2), str(number)) if units == 0xFFFF else reader.text(2 * units)
    reader.number(2)  # Options.
    return name, reader


class _Reader:
    def __init__(self, data, position):
        self._data = data
        self._position = position

    def take(self, length):
        self._position += length
        return self._data[self._position - length:self._position]

    def number(self, length):
        return int.from_bytes(self.take(length), "little")

    def text(self, length):
        return self.take(length).decode("utf-16-le", "replace")

    def parameter(self):
        """2.2.6.6, ParameterData, of the types that the first parameters of these procedures have; None is NULL."""
        self.text(2 * self.number(1))  # Its name.
        self.number(1)  # Whether it is for output.
        kind = self.number(1)
        if kind == INTN:
            self.number(1)
            return self.number(self.number(1))
        if kind == NTEXT:
            self.take(4 + 5)
            length = self.number(4)
            return self.text(length) if length != 0xFFFF_FFFF else None
        assert kind == NVARCHAR, f"a parameter of the type {kind:#x}"
        is_max = self.number(2) == 0xFFFF
        self.take(5)  # Its collation.
        if is_max:
            return self._in_pieces()
        length = self.number(2)
        return self.text(length) if length != 0xFFFF else None

    def _in_pieces(self):
        """2.2.5.2.3, partially length-prefixed bytes."""
        if self.number(8) == 0xFFFF_FFFF_FFFF_FFFF:
            return None
        data = b""
        while length := self.number(4):
            data += self.take(length)
        return data.decode("utf-16-le", "replace")


def error_answer(number, words, of_call):
    """An answer that is nothing but an error (2.2.7.10, ERROR), of the kind that undoes the statement.

    `of_call`: of an RPC, whose end is another token (2.2.7.6 DONE, 2.2.7.8 DONEPROC).
    """
    text = words.encode("utf-16-le")
    error = (number.to_bytes(4, "little") + bytes([1, 16]) + (len(text) // 2).to_bytes(2, "little") + text
             + bytes([0, 0]) + (1).to_bytes(4, "little"))
    done = bytes([0xFE if of_call else 0xFD]) + (2).to_bytes(2, "little") + bytes(2 + 8)
    body = b"\xaa" + len(error).to_bytes(2, "little") + error + done
    return bytes([ANSWER, IS_LAST]) + (PACKET_HEADER + len(body)).to_bytes(2, "big") + bytes([0, 0, 1, 0]) + body
