"""bench/platform, the platform's routes in Python, as a server to be measured."""

import contextlib
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import time

from measure.load import cpu_seconds
from measure.product import Product, free_port

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "platform"
VENV = pathlib.Path(__file__).resolve().parents[2] / "build/bench-venv"


def install():
    """Its packages from PyPI, into an environment of their own."""
    stamp, wanted = VENV / ".installed", SOURCE / "requirements.txt"
    if stamp.exists() and stamp.stat().st_mtime > wanted.stat().st_mtime:
        return
    print("installing the packages of bench/platform/requirements.txt", flush=True)
    subprocess.run(["/usr/bin/python3", "-m", "venv", VENV], check=True)
    subprocess.run([VENV / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", wanted], check=True)
    stamp.touch()


def cpu_of_all(pid):
    """What a process and its children, that live, have spent on the processors so far."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_seconds(pid) + sum(cpu_of_all(int(child)) for child in children)


class Platform(Product):
    """Uvicorn with so many processes. `environment`: the same variables that Nassaq has, and DATABASE_URL."""

    def __init__(self, directory, workers, environment):
        self.directory, self.workers, self.process, self.port = directory, workers, None, None
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment}

    def start(self):
        self.port = free_port()
        with open(self.directory / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                [VENV / "bin/uvicorn", "--app-dir", SOURCE, "--host", "127.0.0.1", "--port", str(self.port),
                 "--workers", str(self.workers), "--log-level", "warning", "--no-access-log", "main:app"],
                cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        began = time.monotonic()
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/").status == 200:
                    return
            if self.process.poll() is not None or time.monotonic() - began > 120:
                sys.exit("the platform does not start:\n" + (self.directory / "server.log").read_text()[-3000:])
            time.sleep(0.05)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None
