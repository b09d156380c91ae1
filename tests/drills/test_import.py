"""A folder of very many small files is imported, killed twice under way, and goes on each time: all of it is there in the end,
and nothing twice. On a quiet machine the files a minute are printed."""

import hashlib
import os
import signal
import time

import pytest

from support.client import PASSWORD, Person
from support.server import Server, wait_until
from support.state import State

COUNT = 20_000 if os.environ.get("NASSAQ_FULL") else 3_000


pytestmark = pytest.mark.longer


@pytest.fixture
def server():
    server = Server(LOG_LEVEL="info").start()
    server.create_admin("import@example.com", "Import Admin", PASSWORD)
    yield server
    server.close()


def grow(folder):
    """Arabic and English names, some folders deep, no two files alike. @return their SHA-256 by their place."""
    expected = {}
    for number in range(COUNT):
        path = folder / f"قسم {number % 40}" / f"year {number % 7}" / ("عميق/" * (number % 9)) / f"ملف {number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = f"document {number} مستند رقم {number}\n".encode() * (1 + number % 50)
        path.write_bytes(content)
        expected[f"share/{path.relative_to(folder)}"] = hashlib.sha256(content).hexdigest()
    time.sleep(2.2)
    return expected


def test_killed_twice(server, tmp_path):
    folder = tmp_path / "share"
    expected = grow(folder)
    state = State(server.data_directory, server.storage)
    command = ("import", folder, "--owner", "import@example.com", "--path", "share")
    began = time.monotonic()
    for share in (0.3, 0.7):
        process = server.begin(*command)
        wait_until(lambda: state.count("Documents") > share * COUNT or process.poll() is not None, 600, what="a part of it")
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL, "it was not killed under way"
    done = server.run(*map(str, command), timeout=900)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    rows = state.query("SELECT d.filename, p.full_path, d.sha256 FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id")
    assert len(rows) == COUNT
    assert {f"{row['full_path']}/{row['filename']}": row["sha256"] for row in rows} == expected
    print(f"{COUNT} files in {took:.0f} s, {60 * COUNT / took:.0f} a minute; {done.stdout.strip()}")

    began = time.monotonic()
    again = server.run(*map(str, command), timeout=900)
    print(f"again, all known: {time.monotonic() - began:.1f} s")
    assert again.returncode == 0 and f"Imported 0 files (0 MB); {COUNT} were there already; 0 failed." in again.stdout
    with Person(server.address, "import@example.com") as person:
        assert person.log_in().get("/docs/me").json()["total"] == COUNT
    wait_until(lambda: not state.spool(), 120, what="an empty spool")
