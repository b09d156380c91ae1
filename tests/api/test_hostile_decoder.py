"""A decoder that was taken over by its document gets nothing (docs/security.md): a hostile program in place of
nassaq-extract, beside a real server, tries what it could try. Which attacks there are, tests/unit/ocr/hostile tells.
"""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from support.client import PASSWORD, Person
from support.documents import finish, upload_text, wait_processed
from support.server import BINARY, Server, is_sanitized, wait_until
from support.state import State

# It looks for the secrets of the embedded shape.
pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.storages("local")]

HOSTILE = BINARY.parent / "tests/unit/ocr/hostile_decoder"
WITHOUT_LANDLOCK = Path(__file__).parents[1] / "support/without_landlock"
EMAIL = "admin@example.com"
NOBODY = 65534
# Each attack that changes a file has one of its own, by its name.
VICTIMS = ("truncate empty empty_by_mode_3 write read_and_write append creat chmod fchmodat fchmod chown lchown utime utimes "
           "utimensat setxattr attributes rename unlink unlinkat link").split()


# What would make the whole machine slow for everybody, were it not refused; "nobody" tries it.
SPARED = "spare renice_user\n" if os.geteuid() == 0 else ""


def place_hostile(server):
    """The program looks for the other one beside itself."""
    folder = server.directory / "bin"
    folder.mkdir()
    shutil.copy(BINARY, folder / "nassaq")
    shutil.copy(HOSTILE, folder / "nassaq-extract")
    return folder / "nassaq"


def place_victims(server):
    folder = server.data_directory / "victims"
    folder.mkdir(parents=True)
    for name in VICTIMS:
        (folder / name).write_text("untouched")
        (folder / name).chmod(0o600)
    return folder


def give_to_nobody(server):
    for path in (server.directory, *server.directory.rglob("*")):
        os.chown(path, NOBODY, NOBODY)


@pytest.fixture(params=["the user of the tests", "nobody"])
def target(request):
    """A server with a hostile decoder, and a person on it."""
    server = Server()
    program = place_hostile(server)
    server.victims = place_victims(server)
    server.binary = (program,)
    if request.param == "nobody":
        if os.geteuid() != 0:
            pytest.skip("only root can become another user")
        give_to_nobody(server)
        server.binary = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program)
    server.start()
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    with Person(server.address, EMAIL) as person:
        person.log_in()
        yield server, person
    server.close()


def instructions(server, person, mode):
    other = upload_text(person, "mode nothing\n", "other.txt")["doc_id"]
    finish(person, other)
    state = State(server.data_directory, server.storage)
    (name,) = (row["blob_name"] for row in state.query("SELECT blob_name FROM Documents WHERE doc_id = ?", other))
    return other, (f"mode {mode}\ndatabase {server.data_directory / 'nassaq.db'}\nblob {server.storage.path(name)}\n"
                   f"victims {server.victims}\npdf /dev/null\n")


def looks_of(folder):
    return {path.name: (path.read_text(), path.stat().st_mode, path.stat().st_mtime_ns, path.stat().st_ctime_ns)
            for path in folder.iterdir() if path.is_file()}


def priorities_of(server):
    return {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path(f"/proc/{server.process.pid}/task").iterdir()}


def children_of(server):
    """Programs of its folder that run, but for itself."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            program, state = os.readlink(process / "exe"), (process / "stat").read_text()
        except OSError:
            continue
        if program.startswith(str(server.directory / "bin/nassaq-extract")) and ") Z" not in state:
            found.append(int(process.name))
    return found


@pytest.mark.skipif(is_sanitized(), reason="sanitizers need calls that the filter would refuse")
def test_it_gets_nothing_and_leaves_nothing(target):
    server, person = target
    other, attack = instructions(server, person, "attack")
    if server.binary[0] != "setpriv":
        attack += SPARED
    before, priorities = looks_of(server.victims), priorities_of(server)

    doc_id = upload_text(person, attack, "attack.txt")["doc_id"]
    assert wait_processed(person, doc_id)["status"] == "Finished", server.log_lines[-5:]
    report = person.get(f"/docs/{doc_id}/text").json()["text"].splitlines()

    assert [line for line in report if line.startswith("SUCCEEDED")] == []
    assert len([line for line in report if line.startswith("refused")]) > 100, report
    assert "its own folder can be used" in report
    for name in ("secret_of_the_environment", "hashes_of_the_database", "write_memory_of_the_server", "read_another_document",
                 "session", "three_hundred_processes", "renice_the_server"):
        assert any(line.startswith(f"refused {name}:") for line in report), name
    assert looks_of(server.victims) == before
    assert priorities_of(server) == priorities
    assert children_of(server) == []
    assert list((server.data_directory / "tmp").iterdir()) == []
    assert person.get(f"/docs/{other}/download").text == "mode nothing\n"
    assert person.get(f"/docs/{doc_id}/download").text == attack
    assert person.log_in() and server.running


def test_it_gets_no_tool_but_those_for_documents(target):
    server, person = target
    _, orders = instructions(server, person, "tools")
    before = looks_of(server.victims)
    doc_id = upload_text(person, orders, "tools.txt")["doc_id"]
    finish(person, doc_id)
    report = person.get(f"/docs/{doc_id}/text").json()["text"].splitlines()
    assert [line for line in report if line.startswith("SUCCEEDED")] == []
    assert len([line for line in report if line.startswith("refused tool_")]) == 6, report
    assert looks_of(server.victims) == before


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_it_does_not_outlive_the_server(target, end):
    server, person = target
    upload_text(person, "mode hang\n")
    wait_until(lambda: children_of(server), what="the child")
    getattr(server, end)()
    wait_until(lambda: not children_of(server), what="the end of the child")
    # close() of a server that was killed finds its exit code odd.
    server.start()


def test_others_of_its_user_do_not_look_into_the_server(target):
    server, _ = target
    if os.geteuid() == 0 and server.binary[0] != "setpriv":
        pytest.skip("root may look into everything")
    for name in ("environ", "mem", "maps"):
        looked = subprocess.run([*server.binary[:-1], "head", "-c1", f"/proc/{server.process.pid}/{name}"],
                                capture_output=True, text=True, check=False)
        assert "Permission denied" in looked.stderr, (name, looked)


def test_the_server_still_looks_into_itself(target):
    """Its open descriptors, /proc/self/fd."""
    server, _ = target
    text = httpx.get(f"{server.address}/metrics").text
    assert float(re.search(r"^process_open_fds (\S+)$", text, re.MULTILINE)[1]) > 10


# -- what it could take of the server: how each ends that is not the server's end

EXHAUSTING = {
    "flood_orders": "took too long",
    "flood_progress": "damaged",
    "never_read": "damaged",
    "order_by_a_long_name": "damaged",
    "answer_with_numbers": "no result",
    "answer_with_many_pages": "no result",
}
TIMEOUT_SECONDS = 3
GRACE_SECONDS = 1


@pytest.fixture
def exhausted(new_server):
    server = new_server(OCR_TIMEOUT_SECONDS=TIMEOUT_SECONDS, JOB_MAX_ATTEMPTS=1, STOP_GRACE_SECONDS=GRACE_SECONDS)
    server.binary = (place_hostile(server),)
    server.start()
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    with Person(server.address, EMAIL) as person:
        person.log_in()
        yield server, person


def most_mebibytes(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1]) // 1024


@pytest.mark.skipif(is_sanitized(), reason="sanitizers take memory of their own")
def test_it_takes_neither_memory_nor_time(exhausted):
    server, person = exhausted
    before = most_mebibytes(server)
    for mode, reason in EXHAUSTING.items():
        doc_id = upload_text(person, f"mode {mode}\n", f"{mode}.txt")["doc_id"]
        begin = time.monotonic()
        status = wait_processed(person, doc_id)
        assert time.monotonic() - begin < TIMEOUT_SECONDS + 2, mode
        assert status["status"] == "Failed" and reason in status["error_message"], (mode, status)
        assert most_mebibytes(server) - before < 256, mode
    assert list((server.data_directory / "tmp").iterdir()) == []


def test_its_orders_do_not_hold_up_a_stop(exhausted):
    server, person = exhausted
    upload_text(person, "mode flood_orders\n")
    wait_until(lambda: children_of(server), what="the child")
    begin = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begin < GRACE_SECONDS + 3


def test_what_it_has_left_holds_up_neither_the_start_nor_a_stop(new_server):
    """A server that was killed while a decoder filled its folder; in memory, where so many files are soon made."""
    server = new_server(parent="/dev/shm", STOP_GRACE_SECONDS=GRACE_SECONDS)
    folder = server.data_directory / "tmp/extract-left12"
    folder.mkdir(mode=0o700, parents=True)
    for number in range(200_000):
        (folder / str(number)).touch()
    server.start()
    assert folder.exists()
    begin = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begin < GRACE_SECONDS + 3
    server.start()
    wait_until(lambda: not folder.exists(), what="the end of the folder")


# -- a kernel without Landlock


@pytest.fixture
def old_kernel(new_server):
    def make(**settings):
        return new_server(binary=(WITHOUT_LANDLOCK, BINARY), **settings)
    return make


def test_without_landlock_it_warns_and_reads(old_kernel):
    server = old_kernel().start()
    assert [line["level"] for line in server.log() if "there is no Landlock" in line["message"]] == ["warning"]
    server.create_admin(EMAIL, "Admin Person", PASSWORD)
    with Person(server.address, EMAIL) as person:
        person.log_in()
        finish(person, upload_text(person)["doc_id"])
    examined = server.run("doctor")
    assert examined.returncode == 0 and "there is no Landlock" in examined.stdout


def test_without_landlock_it_does_not_start_where_that_is_asked_for(old_kernel):
    server = old_kernel(EXTRACT_REQUIRE_LANDLOCK="true")
    for command in (("serve",), ("worker",), ("extract", __file__)):
        refused = server.run(*command)
        assert refused.returncode == 78 and "EXTRACT_REQUIRE_LANDLOCK: " in refused.stderr, refused
    examined = server.run("doctor")
    assert examined.returncode == 1 and "EXTRACT_REQUIRE_LANDLOCK" in examined.stdout


def test_with_landlock_it_says_so(server):
    assert any(line["message"] == "decoders reach no files but their own" and line["landlock"] >= 1 for line in server.log())
    refused = server.run("extract", Path(__file__).parents[1] / "data/report-windows-1256.txt", EXTRACT_REQUIRE_LANDLOCK="true")
    assert refused.returncode == 0, refused.stderr
