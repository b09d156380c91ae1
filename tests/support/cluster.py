"""The distributed shape from real services, all processes of ours on the loopback address: nodes behind nginx and workers
over PostgreSQL, RabbitMQ, Azurite and FerretDB, which speaks MongoDB's protocol.

    PYTHONPATH=tests python -m support.cluster [FOLDER]     runs one until it is stopped: see scripts/cluster
"""

import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pymongo
import pyodbc

from support.azurite import Azurite
from support.client import Person
from support.mongo import Mongo
from support.nginx import Nginx
from support.ports import free_port
from support.postgres import Postgres
from support.proxy import Proxy
from support.rabbitmq import RabbitMQ
from support.server import BINARY, Server, WorkerProcess, wait_until

EMAIL = "admin@example.com"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Cluster:
    """`nodes` servers behind an nginx and `workers` workers. RabbitMQ is reached through a proxy that can go wrong.

    `folder`: where everything lies while it runs, and the logs of the program afterwards; none: a temporary one, which is
    removed. `settings`: of all nodes and workers.
    """

    def __init__(self, folder=None, nodes=3, workers=2, **settings):
        self._sizes = (nodes, workers)
        self._extra_settings = settings
        self._is_temporary = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="nassaq-cluster-") if folder is None else folder).resolve()
        self._open = ExitStack()
        self.nodes, self.workers = [], []

    def start(self):
        """Returns when all of it works."""
        try:
            (self.folder / "log").mkdir(parents=True, exist_ok=True)
            # PostgreSQL and RabbitMQ are users of their own when this is root.
            self.folder.chmod(self.folder.stat().st_mode | 0o011)
            self._start_services()
            self._start_program()
            self.wait_until_well()
            self.password = self._create_admin()
            self.person = Person(self.nginx.address, EMAIL, self.password).log_in()
        except BaseException:
            self.close()
            raise
        return self

    def close(self):
        """Ends everything, in the order in which it depends on each other."""
        try:
            self._open.close()
        finally:
            if self._is_temporary:
                shutil.rmtree(self.folder, ignore_errors=True)

    def _start_services(self):
        with ThreadPoolExecutor() as pool:  # They take seconds each.
            services = [pool.submit(self._start_service, kind) for kind in (Postgres, RabbitMQ, Azurite, Mongo)]
        self.postgres, self.rabbitmq, self.azurite, self.mongo = (service.result() for service in services)
        self.proxy = Proxy(self.rabbitmq.port)
        self._open.callback(self.proxy.close)

    def _start_service(self, kind):
        service = kind(parent=self.folder)
        self._open.callback(service.close)
        return service.start()

    def _start_program(self):
        self.settings = {
            "SQL_CONNECTION_STRING": self.postgres.connection_string(),
            "MESSAGE_BROKER_URL": self.rabbitmq.url(self.proxy.port),
            **self.azurite.settings(), **self.mongo.settings(),
            "TRUSTED_PROXIES": "127.0.0.1", "OCR_CONCURRENCY": 2, "LOG_LEVEL": "info", **self._extra_settings}
        nodes, workers = self._sizes
        # Their ports stay, so that nginx finds a node again that was killed.
        self.nodes = [Server(self.folder, self.log_file(f"node-{number}"), **self.settings, PORT=free_port())
                      for number in range(1, nodes + 1)]
        self.workers = [WorkerProcess(self.folder, self.log_file(f"worker-{number}"), **self.settings)
                        for number in range(1, workers + 1)]
        for process in self.processes:
            self._open.callback(process.close)
        self.nginx = Nginx([node.settings["PORT"] for node in self.nodes], self.log_file("nginx"), self.folder)
        self._open.callback(self.nginx.close)
        with ThreadPoolExecutor() as pool:  # All of them migrate the empty database at once.
            started = [pool.submit(process.start) for process in (*self.processes, self.nginx)]
        for process in started:
            process.result()

    def _create_admin(self):
        done = self.nodes[0].run("admin", "create", "--email", EMAIL, "--full-name", "Cluster Admin")
        if done.returncode != 0:
            raise RuntimeError(f"admin create: {done.stderr}")
        return done.stdout.rpartition("Password, shown only now: ")[2].strip()

    # -- looking at it

    @property
    def processes(self):
        """Those of Nassaq."""
        return [*self.nodes, *self.workers]

    def log_file(self, name):
        return self.folder / "log" / f"{name}.log"

    def wait_until_well(self, seconds=90):
        """Until every node and every worker says that all it needs is there."""
        ended = [process.log_file.stem for process in self.processes if not process.running]
        assert not ended, f"{', '.join(ended)} ended by itself"
        wait_until(lambda: all(map(_is_ready, self.processes)), seconds, every=0.2, what="the readiness of all processes")

    def query(self, sql, *parameters):
        connection = pyodbc.connect(self.postgres.connection_string(), autocommit=True)
        try:
            return [tuple(row) for row in connection.execute(sql, parameters).fetchall()]
        finally:
            connection.close()

    def texts(self):
        """(doc_id, _id, text) of everything that is in MongoDB."""
        with pymongo.MongoClient(self.mongo.uri()) as client:
            return [(found["doc_id"], found["_id"], found["extracted_text"])
                    for found in client["sdmsdb"]["ocr_results"].find({})]

    def remove_texts(self):
        with pymongo.MongoClient(self.mongo.uri()) as client:
            client["sdmsdb"]["ocr_results"].delete_many({})


def _is_ready(process):
    try:
        answer = httpx.get(f"{process.address}/healthz/ready", timeout=30, trust_env=False)
        return answer.status_code == 200 and answer.json()["status"] == "ok"
    except httpx.HTTPError:
        return False


# -- as a program

def _in_env_file(value):
    """Quoted so that the .env reader gives back the same."""
    text = str(value)
    for character in "\\\"$":
        text = text.replace(character, "\\" + character)
    return f'"{text}"'


def _write_env_file(cluster):
    """For commands beside the cluster: `nassaq --env-file FILE doctor`."""
    settings = {**cluster.nodes[0].settings, "DATA_DIR": cluster.folder / "commands"}
    path = cluster.folder / "nassaq.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={_in_env_file(value)}\n" for name, value in settings.items()))
    return path


def _describe(cluster, env_file):
    address = cluster.nginx.address
    nodes = "\n".join(f"    node {number}     {node.address}" for number, node in enumerate(cluster.nodes, 1))
    workers = "\n".join(f"    worker {number}   {worker.address}/healthz/ready, /metrics"
                        for number, worker in enumerate(cluster.workers, 1))
    return f"""
The distributed shape runs (stop it with Ctrl-C):

  Serves at     {address}   (nginx before {len(cluster.nodes)} nodes)
  API pages     {address}/docs
  Log in as     {EMAIL}
  Password      {cluster.password}

  Processes
{nodes}
{workers}
    RabbitMQ   {cluster.rabbitmq.url()}
    PostgreSQL {cluster.postgres.connection_string()}
    Azurite    {cluster.azurite.connection_string()}
    MongoDB    {cluster.mongo.uri()}

  Watch it      tail -F {cluster.folder}/log/*.log
                curl -s {cluster.nodes[0].address}/metrics | grep '^nassaq_'
  Commands      {BINARY} --env-file {env_file} doctor
                {BINARY} --env-file {env_file} jobs list

  TOKEN=$(curl -s {address}/api/v1/auth/login -d 'username={EMAIL}' --data-urlencode 'password={cluster.password}' | grep -oP '"access_token":"\\K[^"]+')
  curl -s {address}/api/v1/docs/upload -H "Authorization: Bearer $TOKEN" -F file=@tests/data/scanned.pdf
"""


def _watch(cluster, stop):
    told = set()
    while not stop.wait(1):
        for process in cluster.processes:
            if not process.running and process not in told:
                told.add(process)
                print(f"{process.log_file.stem} has ended: see {process.log_file}", flush=True)


def main(folder=None):
    for number in STOP_SIGNALS:
        signal.signal(number, signal.default_int_handler)
    cluster = Cluster(folder, JWT_SECRET_KEY=secrets.token_urlsafe(48))
    began = time.monotonic()
    print("Starting PostgreSQL, RabbitMQ, Azurite, FerretDB, the nodes and the workers …", flush=True)
    try:
        cluster.start()
        print(_describe(cluster, _write_env_file(cluster)), flush=True)
        print(f"(started in {time.monotonic() - began:.0f} s)", flush=True)
        _watch(cluster, threading.Event())
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # So that nothing is left behind.
        cluster.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
