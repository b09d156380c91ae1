"""A private RabbitMQ: processes of ours in a temporary folder, on the loopback address only.

    python tests/support/rabbitmq.py COMMAND ...     runs COMMAND beside one, with NASSAQ_TEST_RABBITMQ set
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # It is run as a program, too.
from support.ports import free_port, wait_until_serving

SBIN = Path("/usr/lib/rabbitmq/bin")


class RabbitMQ:
    """One node that is no part of any cluster. RabbitMQ belongs to the user `rabbitmq`; as root it runs as that.

    `tls`: a folder with server.pem, server.key and ca.pem makes it listen with TLS too. `parent`: the folder in which it
    makes its own; that user has to be let in.
    """

    def __init__(self, tls=None, parent=None):
        if not (SBIN / "rabbitmq-server").exists():
            raise FileNotFoundError("rabbitmq-server is not installed: scripts/setup --tests")
        self.folder = Path(tempfile.mkdtemp(prefix="nassaq-rabbitmq-", dir=parent))
        self.port, self.tls_port, self._dist_port, self._epmd_port = (free_port() for _ in range(4))
        self._as_user = ["runuser", "-u", "rabbitmq", "--"] if os.geteuid() == 0 else []
        self._environment = self._make_environment()
        (self.folder / "rabbitmq.conf").write_text(self._configuration(tls))
        (self.folder / "enabled_plugins").write_text("[rabbitmq_amqp1_0].")
        if self._as_user:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "rabbitmq", "rabbitmq")
        self._process = None

    def _make_environment(self):
        return {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"nassaq{self.port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"), "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(self._epmd_port),
        }

    def _configuration(self, tls):
        lines = [f"listeners.tcp.1 = 127.0.0.1:{self.port}", "loopback_users.guest = true", "log.console = false"]
        if tls:
            lines += [f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}", f"ssl_options.cacertfile = {tls}/ca.pem",
                      f"ssl_options.certfile = {tls}/server.pem", f"ssl_options.keyfile = {tls}/server.key",
                      "ssl_options.verify = verify_none", "ssl_options.fail_if_no_peer_cert = false"]
        return "\n".join(lines) + "\n"

    # -- life

    def start(self):
        with open(self.folder / "output", "ab") as output:
            self._process = subprocess.Popen([*self._as_user, SBIN / "rabbitmq-server"], env=self._environment,
                                             cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             start_new_session=True)
        wait_until_serving("RabbitMQ", self._process, self.folder / "output", self._answers)
        return self

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"AMQP\0\0\x09\x01")
                return bool(connection.recv(8))
        except OSError:
            return False

    @property
    def pid(self):
        return int((self.folder / "pid").read_text())

    def signal(self, number):
        os.kill(self.pid, number)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """kill -9: nothing is flushed any more."""
        self.signal(signal.SIGKILL)
        self._process.wait(30)

    def stop(self):
        if self._process and self._process.poll() is None:
            self.signal(signal.SIGTERM)
            self._process.wait(60)

    def close(self):
        if self._process and self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()
        subprocess.run(["epmd", "-kill"], env=self._environment, capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- looking at it

    def url(self, port=None):
        return f"amqp://guest:guest@127.0.0.1:{port or self.port}/"

    def control(self, *arguments):
        """rabbitmqctl; takes a second or two."""
        done = subprocess.run([*self._as_user, SBIN / "rabbitmqctl", "-q", *arguments], env=self._environment,
                              cwd=self.folder, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"rabbitmqctl {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout


def main():
    rabbitmq = RabbitMQ().start()
    try:
        environment = {**os.environ, "NASSAQ_TEST_RABBITMQ": rabbitmq.url()}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        rabbitmq.close()


if __name__ == "__main__":
    sys.exit(main())
