"""The distributed shape from real services: PostgreSQL, RabbitMQ behind a proxy, nodes that serve and workers."""

import statistics
import threading
import time

from support.client import PASSWORD, Person
from support.load import Load, uploaded
from support.postgres import Postgres
from support.proxy import Proxy
from support.rabbitmq import RabbitMQ
from support.server import Server, WorkerProcess, wait_until

EMAIL = "cluster@example.com"


class Cluster:
    """`nodes` servers and `workers` workers on one database, one queue and one DATA_DIR."""

    def __init__(self, nodes=3, workers=2, **settings):
        self.postgres = Postgres().start()
        self.rabbitmq = RabbitMQ().start()
        self.proxy = Proxy(self.rabbitmq.port)
        self._settings = {"SQL_CONNECTION_STRING": self.postgres.connection_string(), "OCR_CONCURRENCY": 2,
                          "MESSAGE_BROKER_URL": self.rabbitmq.url(self.proxy.port), "LOG_LEVEL": "info", **settings}
        self.nodes = [Server(**self._settings)]
        self._settings["DATA_DIR"] = self.nodes[0].data_directory
        self.nodes += [Server(**self._settings) for _ in range(nodes - 1)]
        self.workers = [WorkerProcess(**self._settings) for _ in range(workers)]

    def start(self):
        threads = [threading.Thread(target=process.start) for process in self.processes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.nodes[0].create_admin(EMAIL, "Cluster Admin", PASSWORD)
        self.person = Person(self.nodes[0].address, EMAIL).log_in()
        return self

    @property
    def processes(self):
        return [*self.nodes, *self.workers]

    def add_worker(self):
        self.workers.append(WorkerProcess(**self._settings).start())
        return self.workers[-1]

    def close(self):
        failures = []
        for process in reversed(self.processes):
            try:
                process.close()
            except Exception as error:  # The services must end all the same.
                failures.append(error)
        self.proxy.close()
        self.rabbitmq.close()
        self.postgres.close()
        if failures:
            raise failures[0]

    # -- looking at it

    def query(self, sql, *parameters):
        import pyodbc
        connection = pyodbc.connect(self.postgres.connection_string(), autocommit=True)
        try:
            return [tuple(row) for row in connection.execute(sql, parameters).fetchall()]
        finally:
            connection.close()

    def unfinished(self):
        return self.query("SELECT COUNT(*) FROM Processing_Status WHERE status IN ('Queued', 'Processing')")[0][0]

    def processed_by_log(self):
        """How often each document was worked off to the end, as the workers' logs tell."""
        counts = {}
        for process in self.processes:
            for event in process.log():
                if event.get("message") == "a document is processed":
                    counts[event["doc_id"]] = counts.get(event["doc_id"], 0) + 1
        return counts


class SteadyUploads:
    """Uploads to all nodes; used as `with SteadyUploads(cluster, "name") as uploads:`."""

    def __init__(self, cluster, name, pause=0.15):
        self.cluster = cluster
        token = cluster.person.access_token
        self.loads = [Load(node, token, f"{name}-{number}", pause) for number, node in enumerate(cluster.nodes)
                      if node.running]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for load in self.loads:
            load.stop()

    @property
    def filenames(self):
        return uploaded(self.loads)

    def median_seconds(self, begin=0.0, end=float("inf")):
        times = [duration for load in self.loads
                 for (moment, status, _), duration in zip([a for a in load.answers if a[1] == 201], load.durations)
                 if begin <= moment <= end]
        return statistics.median(times)


def check_all_processed(cluster, uploads, seconds=120):
    """Every upload that was answered 201 is processed exactly once and nothing is stuck; the seconds that took."""
    began = time.monotonic()
    wait_until(lambda: cluster.unfinished() == 0, seconds, every=0.2, what="the end of all jobs")
    took = time.monotonic() - began
    rows = dict(cluster.query("SELECT filename, doc_id FROM Documents"))
    statuses = dict(cluster.query("SELECT doc_id, status FROM Processing_Status"))
    results = dict(cluster.query("SELECT doc_id, COUNT(*) FROM Ocr_Results GROUP BY doc_id"))
    texts = dict(cluster.query("SELECT doc_id, COUNT(*) FROM Document_Text GROUP BY doc_id"))
    for filename in uploads.filenames:
        doc_id = rows[filename]
        assert statuses[doc_id] == "Finished", (filename, statuses[doc_id])
        assert results[doc_id] == 1 and texts[doc_id] == 1, filename
    processed = cluster.processed_by_log()
    assert all(count == 1 for count in processed.values()), "a document was processed twice"
    wait_until(lambda: cluster.query("SELECT COUNT(*) FROM Outbox") == [(0,)], 30, what="an empty outbox")
    return took
