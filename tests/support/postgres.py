"""A private PostgreSQL: a process of ours in a temporary folder, on the loopback address only.

    python tests/support/postgres.py COMMAND ...     runs COMMAND beside one, with NASSAQ_TEST_POSTGRES set
"""

import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # It is run as a program, too.
from support.ports import START_SECONDS, free_port

USER, PASSWORD = "nassaq", "tests only"


def _program(name):
    """Debian keeps the programs of each version in a folder that is not in PATH."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    path = found[-1] if found else shutil.which(name)
    if not path:
        raise FileNotFoundError(f"{name} is not installed: scripts/setup --tests")
    return path


class Postgres:
    """Not durable on purpose (fsync=off): what is tested is Nassaq. PostgreSQL refuses to run as root, so that there it
    runs as `postgres`, who has to be let into `parent`, the folder in which it makes its own."""

    def __init__(self, parent=None):
        self.folder = Path(tempfile.mkdtemp(prefix="nassaq-postgres-", dir=parent))
        self.port = free_port()
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as_user:
            shutil.chown(self.folder, "postgres")
        (self.folder / "password").write_text(PASSWORD)
        (self.folder / "password").chmod(0o644)
        self._run("initdb", "-D", self.data, "-U", USER, f"--pwfile={self.folder / 'password'}", "-A", "scram-sha-256",
                  "-E", "UTF8", "--locale=C.UTF-8", "-N")

    @property
    def data(self):
        return self.folder / "data"

    def start(self, **settings):
        """@param settings  of postgresql.conf, besides those that all tests have."""
        options = (f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
                   "-c fsync=off -c full_page_writes=off -c max_connections=400")
        options += "".join(f" -c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "-D", self.data, "-w", "-t", str(START_SECONDS), "-l", self.folder / "log", "-o", options,
                  "start")
        return self

    def stop(self, mode="fast"):
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def kill(self):
        """kill -9 of the server process: its children follow, and nothing is written any more."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def close(self):
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def connection_string(self, database="postgres", port=None):
        return (f"Driver=PostgreSQL Unicode;Servername=127.0.0.1;Port={port or self.port};Database={database};"
                f"UID={USER};PWD={PASSWORD}")

    def url(self, scheme="postgresql", database="postgres"):
        return f"{scheme}://{USER}:{quote(PASSWORD)}@127.0.0.1:{self.port}/{database}"

    def _run(self, program, *arguments):
        # Not through pipes: the server that pg_ctl leaves behind would hold them open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run([*self._as_user, _program(program), *map(str, arguments)], cwd=self.folder,
                                  stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
            if done.returncode != 0:
                output.seek(0)
                raise RuntimeError(f"{program}: {output.read().decode(errors='replace')}")


def main():
    postgres = Postgres().start()
    try:
        environment = {**os.environ, "NASSAQ_TEST_POSTGRES": postgres.connection_string()}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        postgres.close()


if __name__ == "__main__":
    sys.exit(main())
