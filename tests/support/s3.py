"""A private S3-compatible server (Versity S3 Gateway over a folder), on a port of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.files import files_below
from support.ports import ROOT, end, free_port, wait_until_listening

PROGRAM = Path(os.environ.get("NASSAQ_S3_SERVER", ROOT / "build/test-peers/versitygw"))
ACCESS_KEY = "test"
SECRET_KEY = "testsecret"


class S3:
    def __init__(self):
        if not PROGRAM.is_file():
            pytest.skip("the S3 server is not installed: scripts/setup --tests, with Go")
        self.folder = Path(tempfile.mkdtemp(prefix="nassaq-s3-"))
        self.port = free_port()
        self.process = None

    def start(self):
        for name in ("data", "metadata"):
            (self.folder / name).mkdir(exist_ok=True)
        command = [PROGRAM, "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--region", "us-east-1",
                   "--port", f"127.0.0.1:{self.port}", "--virtual-domain", f"s3.localhost:{self.port}",
                   "posix", "--sidecar", self.folder / "metadata", self.folder / "data"]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_until_listening("the S3 server", self.process, self.port, self.folder / "log")
        return self

    def close(self):
        end(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- what is in it: files of a folder, a folder a bucket

    def names(self, container):
        return {name for name in files_below(self.folder / "data" / container) if not name.startswith(".sgwtmp")}

    def unfinished(self, container):
        """The parts of objects that nobody has completed, or aborted."""
        return {name for name in files_below(self.folder / "data" / container) if name.startswith(".sgwtmp/multipart")}

    def read(self, container, name):
        return (self.folder / "data" / container / name).read_bytes()

    def remove(self, container, name):
        (self.folder / "data" / container / name).unlink()

    def settings(self, container="documents", style="path", port=None):
        host = "127.0.0.1" if style == "path" else "s3.localhost"
        return {"BLOB_STORAGE_TYPE": "s3", "BLOB_STORAGE_CONTAINER_NAME": container,
                "AWS_ENDPOINT_URL_S3": f"http://{host}:{port or self.port}", "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "S3_ADDRESSING": style}
