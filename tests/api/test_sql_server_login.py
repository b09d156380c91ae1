"""What the settings of SQL Server become on the wire: FreeTDS's login packet, taken apart by a server of ours that goes no
further ([MS-TDS] 2.2.6.4 LOGIN7, 2.2.6.5 PRELOGIN)."""

import socket
import threading

import pytest

from support.server import run_command

pytestmark = pytest.mark.databases("sqlite")  # It brings its own, whatever the others run on.

PRELOGIN, LOGIN7, REPLY = 0x12, 0x10, 0x04
# Version and encryption, which is "not supported": the login that follows can be read.
PRELOGIN_REPLY = bytes([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff]) + bytes(6) + bytes([2])


class LoginCatcher:
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.login = {}
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection:
            assert connection.recv(4096)[0] == PRELOGIN
            length = (8 + len(PRELOGIN_REPLY)).to_bytes(2, "big")
            connection.sendall(bytes([REPLY, 1]) + length + bytes([0, 0, 1, 0]) + PRELOGIN_REPLY)
            packet = connection.recv(4096)
        assert packet[0] == LOGIN7
        body = packet[8:]
        self.login = {"tds": body[4:8].hex(), "is_odbc": bool(body[25] & 2),
                      "user": self._field(body, 40).decode("utf-16le"),
                      "password": self._unscrambled(self._field(body, 44)),
                      "database": self._field(body, 68).decode("utf-16le")}

    @staticmethod
    def _field(body, place):
        offset, units = (int.from_bytes(body[at:at + 2], "little") for at in (place, place + 2))
        return body[offset:offset + 2 * units]

    @staticmethod
    def _unscrambled(field):
        return bytes((byte ^ 0xA5) >> 4 | ((byte ^ 0xA5) << 4) & 0xF0 for byte in field).decode("utf-16le")

    def caught(self):
        self._thread.join(20)
        self._listener.close()
        return self.login


@pytest.mark.parametrize("password", ["plain", "a;b", "a}b", "p;}q{=كلمة 😀", "{", "a=b c"])
def test_freetds_sends_what_was_set(tmp_path, password):
    catcher = LoginCatcher()
    done = run_command("migrate", directory=tmp_path, settings={
        "ENVIRONMENT": "dev", "DATA_DIR": tmp_path / "data", "SQL_SERVER": f"127.0.0.1,{catcher.port}",
        "SQL_DB_NAME": "قاعدة", "SQL_USER": "me@server", "SQL_PASS": password, "SQL_MAX_RETRIES": 0,
        "SQL_START_PATIENCE": 0})
    assert catcher.caught() == {"tds": "04000074", "is_odbc": True, "user": "me@server", "password": password,
                                "database": "قاعدة"}
    assert done.returncode == 1 and "cannot connect to the database" in done.stderr
    assert password == "{" or password not in done.stderr


def test_a_server_that_is_not_there_is_asked_again(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        done = run_command("migrate", directory=tmp_path, settings={
            "ENVIRONMENT": "dev", "DATA_DIR": tmp_path / "data", "SQL_SERVER": f"127.0.0.1:{closed.getsockname()[1]}",
            "SQL_DB_NAME": "db", "SQL_USER": "user", "SQL_PASS": "hidden password", "SQL_DRIVER": "FreeTDS",
            "SQL_MAX_RETRIES": 2, "SQL_RETRY_DELAY_BASE": 1, "SQL_START_PATIENCE": 0})
    assert done.returncode == 1 and "cannot connect to the database" in done.stderr
    assert done.stderr.count("asked again") == 2
    assert "hidden" not in done.stderr + done.stdout


@pytest.mark.parametrize("settings, named", [
    ({"SQL_SERVER": "h", "SQL_PASS": "hidden"}, ["SQL_DB_NAME", "SQL_USER"]),
    ({"SQL_CONNECTION_STRING": "Driver=FreeTDS;PWD={hidden"}, ["SQL_CONNECTION_STRING"]),
    ({"SQL_CONNECTION_STRING": "Server=h;PWD=hidden"}, ["SQL_CONNECTION_STRING", "Driver"]),
    ({"SQL_CONNECTION_STRING": "hidden"}, ["SQL_CONNECTION_STRING"]),
    ({"SQL_SERVER": "h", "SQL_DB_NAME": "d", "SQL_USER": "u", "SQL_PASS": "hidden", "SQL_ENCRYPT": "perhaps"},
     ["SQL_ENCRYPT"]),
    ({"SQL_SERVER": "h", "SQL_DB_NAME": "d", "SQL_USER": "u", "SQL_PASS": "hidden", "SQL_DRIVER": "FreeTDS",
      "SQL_TRUST_SERVER_CERTIFICATE": "no"}, ["SQL_TRUST_SERVER_CERTIFICATE"]),
    ({"SQL_POOL_SIZE": "0", "SQL_MAX_RETRIES": "many"}, ["SQL_POOL_SIZE", "SQL_MAX_RETRIES"]),
])
def test_wrong_settings_are_named_without_the_secret(tmp_path, settings, named):
    done = run_command("migrate", directory=tmp_path,
                       settings={"ENVIRONMENT": "dev", "DATA_DIR": tmp_path / "data", **settings})
    assert done.returncode == 78 and all(name in done.stderr for name in named), done.stderr
    assert "hidden" not in done.stderr
