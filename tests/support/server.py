"""Starts and stops the real `nassaq` binary, each time with a data directory and a port of its own."""

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from support.database import database
from support.ports import START_SECONDS
from support.storages import new_storage

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("NASSAQ_BINARY", ROOT / "build/release/nassaq")).resolve()

# Sanitizers make a process stop slowly; the limit only keeps a broken server from hanging the run.
STOP_SECONDS = 60

SIGNING_KEY = "a signing key that the tests know, 32+ bytes"

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TESSDATA_PREFIX",
              "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")

DEFAULT_SETTINGS = {
    "ENVIRONMENT": "dev",
    "HOST": "127.0.0.1",
    "PORT": "0",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "debug",
    "JWT_SECRET_KEY": SIGNING_KEY,
    "ACCESS_TOKEN_EXPIRE_MINUTES": "60",
    "LOGIN_RATE_LIMIT": "0",
}


class ServerFailed(Exception):
    """The process ended, or did not say that it serves."""


@functools.cache
def is_sanitized():
    """Whether the server is built with a sanitizer, which multiplies its time and memory."""
    return BINARY.is_file() and b"__sanitizer" in BINARY.read_bytes()


def run_command(*arguments, settings=None, stdin="", directory, timeout=60, binary=(BINARY,)):
    """Runs `nassaq ARGUMENTS` to its end with exactly these settings; the working directory holds no .env."""
    return subprocess.run([*binary, *arguments], env=_environment(settings or {}), cwd=directory, input=stdin,
                          capture_output=True, text=True, timeout=timeout, check=False)


def _environment(settings):
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # libmongoc keeps counters in shared memory under the process's number. What a killed process has left under that number
    # makes it complain on standard error as soon as it is loaded.
    environment["MONGOC_DISABLE_SHM"] = "1"
    if "DATA_DIR" in settings:
        environment.update(database().settings(settings["DATA_DIR"]))
    environment.update({name: str(value) for name, value in settings.items() if value is not None})
    return environment


class Server:
    """A `nassaq serve` process and its data directory, which outlives restarts.

    `settings` go over DEFAULT_SETTINGS; None leaves a variable unset. `parent`: the folder in which it makes its own.
    `log_file`: where its log goes besides. `binary`: another one than that of the tests, and what starts it before it.
    """

    arguments = ("serve",)
    ready_message = "serving"

    def __init__(self, parent=None, log_file=None, binary=(BINARY,), **settings):
        self.binary = binary
        self.directory = Path(tempfile.mkdtemp(prefix="nassaq-test-", dir=parent))
        self.log_file = log_file
        self.data_directory = self.directory / "data"
        self.working_directory = self.directory / "work"
        self.working_directory.mkdir()
        self.storage = new_storage(self.data_directory)
        self.settings = {**DEFAULT_SETTINGS, "DATA_DIR": self.data_directory, **self.storage.settings, **settings}
        self.process = None
        self.address = None
        self.log_lines = []
        self._reader = None

    # -- life

    def start(self):
        """Returns when the server has said that it serves."""
        self.address = None
        serving = threading.Event()
        self.process = subprocess.Popen([*self.binary, *self.arguments], env=_environment(self.settings),
                                        cwd=self.working_directory, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        errors="backslashreplace", start_new_session=True)
        self._reader = threading.Thread(target=self._read_log, args=(self.process.stderr, serving), daemon=True)
        self._reader.start()
        serving.wait(START_SECONDS)
        if self.address is None:
            self.kill()
            raise ServerFailed("the server did not serve:\n" + "\n".join(self.log_lines[-30:]))
        return self

    def _read_log(self, stream, serving):
        with open(self.log_file or os.devnull, "a", buffering=1, encoding="utf-8") as log_file:
            for line in stream:
                log_file.write(line)
                self.log_lines.append(line.rstrip("\n"))
                if f'"{self.ready_message}"' in line:
                    self.address = self._address_in(json.loads(line))
                    serving.set()
        serving.set()  # the process ended

    @staticmethod
    def _address_in(event):
        return event["address"]

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        """The exit code, once all of the log is read."""
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        return code

    def stop(self):
        """SIGTERM; returns the exit code (0 when the server was already stopped)."""
        if not self.running:
            return 0
        self.signal(signal.SIGTERM)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed("the server did not stop:\n" + "\n".join(self.log_lines[-30:])) from None

    def kill(self):
        """kill -9 of the server alone; what its children do then is its own affair."""
        if self.running:
            self.process.kill()
        self.wait()

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """Stops it, insists that it ended well, and removes its directory."""
        code = self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        reports = [line for line in self.log_lines if re.search(r"Sanitizer|runtime error:|terminate called", line)]
        if reports or code != 0:
            raise ServerFailed(f"exit code {code}:\n" + "\n".join(reports or self.log_lines[-30:]))

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    # -- looking at it

    @property
    def port(self):
        return int(self.address.rsplit(":", 1)[1])

    def log(self):
        """The log lines, parsed; a line that is no JSON object is an error of the server's."""
        lines = list(self.log_lines)
        assert all(line.startswith("{") for line in lines), [line for line in lines if not line.startswith("{")]
        return [json.loads(line) for line in lines]

    def rss_bytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def cpu_seconds(self):
        """What the process itself has used of the processor, its children not counted."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # -- commands beside it

    def run(self, *arguments, stdin="", timeout=60, **settings):
        """Runs another `nassaq` command on the same data directory."""
        return run_command(*arguments, settings={**self.settings, **settings}, stdin=stdin,
                           directory=self.working_directory, binary=self.binary, timeout=timeout)

    def begin(self, *arguments):
        """The same, while it runs: a process, to be waited for or ended."""
        return subprocess.Popen([*self.binary, *map(str, arguments)], env=_environment(self.settings),
                                cwd=self.working_directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def create_admin(self, email, full_name, password):
        done = self.run("admin", "create", "--email", email, "--full-name", full_name, "--password-stdin",
                        stdin=password + "\n")
        if done.returncode != 0:
            raise ServerFailed(f"admin create: exit code {done.returncode}: {done.stderr}")


class WorkerProcess(Server):
    """A `nassaq worker` process; its address is that of its health checks."""

    arguments = ("worker",)
    ready_message = "working"

    def __init__(self, parent=None, log_file=None, **settings):
        super().__init__(parent, log_file, **{"WORKER_PORT": "0", **settings})

    @staticmethod
    def _address_in(event):
        return f"http://127.0.0.1:{event['health_port']}"


def wait_until(condition, seconds=60, every=0.05, what="the condition"):
    """Polls until `condition()` gives something true, and returns it."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds} seconds")
        time.sleep(every)
