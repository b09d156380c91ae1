"""Private AMQP 1.0 brokers (tests/peers/amqp_broker.js on rhea) in the place of Azure Service Bus.

    python tests/support/service_bus.py COMMAND ...

runs COMMAND beside three, with NASSAQ_TEST_SERVICE_BUS (SASL PLAIN over TCP), NASSAQ_TEST_SERVICE_BUS_TLS (with TLS) and
NASSAQ_TEST_SERVICE_BUS_CBS (which takes tokens only) set to their connection strings, and
NASSAQ_TEST_SERVICE_BUS_CERTIFICATE to what vouches for the second.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # It is run as a program, too.
from support.ports import free_port

PEER = Path(__file__).resolve().parents[1] / "peers/amqp_broker.js"
USER, PASSWORD = "RootManageSharedAccessKey", "c2VjcmV0K2tleS93aXRoPT0gc2lnbnM="


class ServiceBus:
    def __init__(self, mode="plain", tls=False):
        if not (PEER.parent / "node_modules/rhea").exists():
            raise FileNotFoundError("rhea is not installed: scripts/setup --tests")
        self.folder = Path(tempfile.mkdtemp(prefix="nassaq-service-bus-"))
        self.port = free_port()
        self.tls = tls
        options = {"port": self.port, "user": USER, "password": PASSWORD, "mode": mode}
        if tls:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out",
                            "certificate.pem"], cwd=self.folder, check=True, capture_output=True)
            options |= {"key": str(self.folder / "key.pem"), "certificate": str(self.certificate)}
        self.process = subprocess.Popen(["node", PEER, json.dumps(options)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "listening":
            raise RuntimeError("the AMQP peer did not start")

    @property
    def certificate(self):
        return self.folder / "certificate.pem"

    def connection_string(self):
        emulator = "" if self.tls else ";UseDevelopmentEmulator=true"
        return (f"Endpoint=sb://localhost:{self.port}/;SharedAccessKeyName={USER};SharedAccessKey={PASSWORD}{emulator}")

    def close(self):
        self.process.kill()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    peers = [ServiceBus(), ServiceBus(tls=True), ServiceBus(mode="cbs")]
    try:
        plain, tls, cbs = peers
        environment = {**os.environ, "NASSAQ_TEST_SERVICE_BUS": plain.connection_string(),
                       "NASSAQ_TEST_SERVICE_BUS_TLS": tls.connection_string(),
                       "NASSAQ_TEST_SERVICE_BUS_CBS": cbs.connection_string(),
                       "NASSAQ_TEST_SERVICE_BUS_CERTIFICATE": str(tls.certificate)}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        for peer in peers:
            peer.close()


if __name__ == "__main__":
    sys.exit(main())
