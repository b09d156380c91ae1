"""scripts/cluster: what it prints is true, and it leaves nothing behind."""

import os
import re
import signal
import subprocess

import pytest

from support.client import Person
from support.documents import finish, upload_text
from support.folders import open_folder
from support.server import BINARY, ROOT, wait_until


@pytest.fixture
def place():
    with open_folder() as folder:
        yield folder


@pytest.mark.alone
@pytest.mark.longer
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM] if os.environ.get("NASSAQ_FULL") else [signal.SIGINT])
def test_it_runs_and_ends(place, number):
    folder, output = place / "cluster", place / "output"
    with open(output, "wb") as stream:
        script = subprocess.Popen([ROOT / "scripts/cluster", folder], stdin=subprocess.DEVNULL, stdout=stream,
                                  stderr=stream, cwd=place, env={**os.environ, "NASSAQ_BINARY": str(BINARY)})
    try:
        wait_until(lambda: script.poll() is not None or "(started in" in output.read_text(), 180, what="the start")
        told = output.read_text()
        assert script.poll() is None, told
        address, email, password = (re.search(rf"{label}\s+(\S+)", told)[1]
                                    for label in ("Serves at", "Log in as", "Password"))
        with Person(address, email, password) as person:
            finish(person.log_in(), upload_text(person)["doc_id"])
        doctor = subprocess.run([BINARY, "--env-file", folder / "nassaq.env", "doctor"], capture_output=True, text=True,
                                timeout=60, check=False)
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
        assert all(part in doctor.stdout.lower() for part in ("postgres", "azure", "rabbitmq", "mongodb")), doctor.stdout
    finally:
        script.send_signal(number)
        assert script.wait(120) == 0, output.read_text()
    assert not processes_in(folder), "something still runs"
    assert {path.stem for path in (folder / "log").iterdir()} == {"nginx", *(f"node-{n}" for n in (1, 2, 3)),
                                                                  *(f"worker-{n}" for n in (1, 2))}
    assert {path.name for path in folder.iterdir()} <= {"log", "nassaq.env", "commands"}


def processes_in(folder):
    """Their command lines."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in command or os.readlink(f"/proc/{process}/cwd").startswith(str(folder)):
                found.append(command)
        except OSError:
            continue  # It has ended, or is none of ours.
    return found
