"""What the READMEs promise on a machine that has nothing: a bare Debian 12, in which nothing has been compiled yet.

Once as root, and once as somebody who may use sudo. They serve on port 8000 of this machine, because that is what is
written.
"""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.debian_root import DebianRoot, registry_of_this_machine
from support.document_blocks import blocks
from support.image import context
from support.server import ROOT, wait_until

ADDRESS = "http://localhost:8000/"
OUTPUT = "/tmp/output"

# A first scripts/run is to take 4 minutes on two idle cores. Here other tests run beside it, so what is held is what that
# time is made of: the processor's time, in units of a fixed compilation on the same machine, and the download. What a unit
# takes depends on what else runs, so it is measured before and behind. Decision 54 has the figures: 43 units are the 4
# minutes, held where nothing runs beside (scripts/test --bare); beside others as many have been measured, and two more are
# left for it.
MOST_UNITS = 43 if os.environ.get("NASSAQ_TEST_BARE") else 45
UNIT = "echo '#include <boost/json/src.hpp>' | g++ -std=c++17 -O2 -x c++ -c -o /dev/null -"
MOST_MEGABYTES = 190


@dataclass
class Reader:
    """Somebody who has a copy of the repository and does what it says."""

    root: DebianRoot
    folder: str
    user: str = None
    environment: dict = field(default_factory=dict)

    def run(self, script, timeout=1800):
        """A terminal's commands, one after the other, until one fails."""
        return self.root.run("bash", "-euo", "pipefail", "-c", script, user=self.user, directory=self.folder,
                             environment={**self.environment, "OUTPUT": OUTPUT}, timeout=timeout).stdout

    @contextmanager
    def serving(self, document):
        """While the document's command for it runs in another terminal, whose text is given."""
        [command] = [block.text for block in blocks(document) if block.runner == "background"]
        wait_until(is_port_free, what="a free port 8000")  # Or another server would be asked.
        output = self.root.path(OUTPUT)
        output.unlink(missing_ok=True)
        with self.root.start("bash", "-c", f"exec > {OUTPUT} 2>&1\n{command}", user=self.user, directory=self.folder,
                             environment=self.environment) as process:
            wait_until(lambda: process.poll() is not None or answers(), seconds=3600, every=0.5, what="the server")
            assert process.poll() is None, output.read_text(errors="replace")[-4000:]
            yield output.read_text(errors="replace")

    def processor_seconds(self):
        """Of all that the served command has done before it became the server."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                # By its identity: what it is called depends on the root that this runs in itself.
                is_there = os.path.samefile(folder / "root", self.root.folder)
                if is_there and (folder / "comm").read_text() == "nassaq\n":
                    fields = (folder / "stat").read_text().rpartition(")")[2].split()
                    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
            except OSError:
                continue  # It has ended meanwhile.
        raise AssertionError("there is no server")


def is_port_free():
    """Not at once behind a server of before, which the kernel ends in its own time."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8000))
            return True
        except OSError:
            return False


def answers():
    try:
        with urllib.request.urlopen(ADDRESS, timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Where root's build is kept. The user's goes on from there, as the compiler does the same for both, unless all of it
    is to be done (scripts/test --bare)."""
    return tmp_path_factory.mktemp("compiled") / "build"


@pytest.fixture(scope="module", params=["root", "sudo"])
def reader(request, compiled, tmp_path_factory):
    root = DebianRoot(tmp_path_factory.mktemp("first-run") / "root")
    reader = Reader(root, "/srv/nassaq")
    copy_repository(root.path(reader.folder))
    if request.param == "sudo":
        root.run("apt-get", "install", "-q", "-y", "--no-install-recommends", "sudo")
        root.run("useradd", "--create-home", "--shell", "/bin/bash", "reader")
        root.path("etc/sudoers.d/reader").write_text("reader ALL=(ALL) NOPASSWD: ALL\n")
        reader.user, reader.environment = "reader", {"HOME": "/home/reader"}
        if compiled.exists() and not os.environ.get("NASSAQ_TEST_BARE"):
            shutil.move(compiled, root.path(f"{reader.folder}/build"))
        root.run("chown", "-R", "reader:", reader.folder)
    reader.environment.update(registry_of_this_machine(root))
    yield reader
    if request.param == "root" and root.path(f"{reader.folder}/build/product/nassaq").exists():
        shutil.move(root.path(f"{reader.folder}/build"), compiled)
    root.remove()


def copy_repository(folder):
    """As a clone has it, without the history: scripts/test asks git which files there are."""
    for path in context("."):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, folder / path)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


def printed_session(output):
    """The lines that scripts/run prints to be tried."""
    _, found, rest = output.partition("Try it from another terminal, in this folder:\n\n")
    assert found, output[-4000:]
    return rest.partition("\n\n")[0]


def megabytes_downloaded(output):
    [amount] = re.findall(r"^Need to get ([0-9.,]+) MB(?:/[0-9.,]+ MB)? of archives", output, re.MULTILINE)
    return float(amount.replace(",", ""))


def timed(command):
    """A command whose only output is how many seconds of a processor it took."""
    return f"TIMEFORMAT='%U %S'; time {command}"


def seconds_of_unit(output):
    return sum(map(float, output.split()))


def has_words_of(text, name):
    """Whether most of the words of a document of tests/data are there; recognition may miss some."""
    truth = (ROOT / f"tests/data/{name}.gt.txt").read_text().split()
    words = text.split()
    return sum(word in words for word in truth) >= 0.8 * len(truth)


def session_of(document):
    return "\n".join(block.filled_in() for block in blocks(document) if block.language == "sh" and block.runner == "")


def test_the_first_run_serves_and_what_it_prints_works(reader):
    assert not reader.root.path("usr/bin/g++").exists() and not reader.root.path("usr/bin/curl").exists()
    before = seconds_of_unit(subprocess.run(["bash", "-c", timed(UNIT)], capture_output=True, text=True, check=True).stderr)
    began = time.monotonic()
    with reader.serving(ROOT / "README.md") as output:
        waited = time.monotonic() - began
        spent = reader.processor_seconds()
        assert has_words_of(reader.run(printed_session(output)), "letter.pdf"), output[-4000:]
    for tool in ("ccache", "node", "npm"):
        assert not reader.root.path(f"usr/bin/{tool}").exists()
    unit = max(before, seconds_of_unit(reader.run(timed(UNIT))))
    downloaded = megabytes_downloaded(output)
    print(f"{waited:.0f} seconds, {spent:.0f} of a processor, {spent / unit:.1f} units; {downloaded:.0f} MB")
    assert spent <= MOST_UNITS * unit
    assert downloaded <= MOST_MEGABYTES


@pytest.mark.parametrize("name, document", [("README.md", "letter.pdf"), ("README.ar.md", "رسالة المكتبة.jpg")])
def test_what_is_written_works(reader, name, document):
    """It begins again, as the README says how to."""
    reader.run("rm -r data")
    with reader.serving(ROOT / name):
        text = reader.run(session_of(ROOT / name))
    assert has_words_of(text, document), text
    assert name == "README.md" or f'"filename":"{document}"' in text, text


def test_a_second_start_does_nothing_twice(reader):
    with reader.serving(ROOT / "README.md") as output:
        assert "setup: " not in output and "Building" not in output and "Password" not in output
        assert reader.processor_seconds() < 10


@pytest.mark.skipif(not os.environ.get("NASSAQ_TEST_BARE"), reason="runs all tests; `scripts/test --bare` does so")
def test_the_test_command_passes(reader):
    [command] = [block.text for block in blocks(ROOT / "README.md") if block.runner == "itself"]
    # Where this machine gets the packages of Python and Go.
    reader.environment.update({name: value for name, value in os.environ.items() if name.startswith(("PIP_", "GO"))})
    certificates = reader.environment["CURL_CA_BUNDLE"]
    reader.environment.update({"PIP_CERT": certificates, "SSL_CERT_FILE": certificates})
    output = reader.run(command, timeout=4 * 3600)
    assert " passed" in output, output[-4000:]
