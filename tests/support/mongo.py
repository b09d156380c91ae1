"""A private MongoDB-wire server: FerretDB over SQLite, in a temporary folder, on the loopback address only, with
SCRAM-SHA-256 and TLS.

    python tests/support/mongo.py COMMAND ...     runs COMMAND beside one, with NASSAQ_TEST_MONGO set
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # It is run as a program, too.
from support.ports import free_port, wait_until_serving

PROGRAM = Path(__file__).resolve().parents[2] / "build/ferretdb/ferretdb"
# What has to be percent-encoded in a URI, and what would end a text in JSON.
USER, PASSWORD = "nassaq", "p@ss w/ö:rd%\"x"


class Mongo:
    """Its data outlive stop() and kill()."""

    def __init__(self, parent=None):
        if not PROGRAM.exists():
            raise FileNotFoundError("FerretDB is not built: scripts/setup --tests")
        self.folder = Path(tempfile.mkdtemp(prefix="nassaq-mongo-", dir=parent))
        self.port = free_port()
        (self.folder / "data").mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem",
                        "-out", "certificate.pem"], cwd=self.folder, check=True, capture_output=True)
        self._process = None

    # -- life

    def start(self):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DO_NOT_TRACK": "1",
                       "FERRETDB_SETUP_PASSWORD": PASSWORD}
        with open(self.folder / "output", "ab") as output:
            self._process = subprocess.Popen(
                [PROGRAM, "--handler=sqlite", f"--sqlite-url=file:{self.folder}/data/", f"--state-dir={self.folder}",
                 "--listen-addr=", f"--listen-tls=127.0.0.1:{self.port}",
                 f"--listen-tls-cert-file={self.certificate}", f"--listen-tls-key-file={self.folder}/key.pem",
                 "--debug-addr=-", "--telemetry=disable", "--log-level=error", "--test-enable-new-auth",
                 "--setup-database=admin", f"--setup-username={USER}"],
                env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True)
        wait_until_serving("FerretDB", self._process, self.folder / "output", self._answers)
        return self

    def _answers(self):
        context = ssl.create_default_context(cafile=self.certificate)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                with context.wrap_socket(connection, server_hostname="localhost"):
                    return True
        except OSError:
            return False

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        """kill -9."""
        self._process.kill()
        self._process.wait(30)

    def close(self):
        if self._process and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- reaching it

    @property
    def certificate(self):
        return self.folder / "certificate.pem"

    def settings(self, port=None):
        """The variables by which the platform names it."""
        return {"MONGO_HOST": "127.0.0.1", "MONGO_PORT": port or self.port, "MONGO_USER": USER, "MONGO_PASS": PASSWORD}

    def uri(self, password=PASSWORD, port=None, options="tlsInsecure=true"):
        return (f"mongodb://{USER}:{quote(password, safe='')}@127.0.0.1:{port or self.port}/?ssl=true"
                f"&authMechanism=SCRAM-SHA-256&retrywrites=false&{options}")


def main():
    mongo = Mongo().start()
    try:
        environment = {**os.environ, "NASSAQ_TEST_MONGO": mongo.uri(),
                       "NASSAQ_TEST_MONGO_CERTIFICATE": str(mongo.certificate)}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        mongo.close()


if __name__ == "__main__":
    sys.exit(main())
