"""What the server keeps in its data directory, seen from outside: database rows, blobs, spool files."""

import sqlite3
from contextlib import closing
from pathlib import Path

from support.storages import LocalBlobs


class State:
    def __init__(self, data_directory, storage=None):
        self.directory = Path(data_directory)
        self.storage = storage or LocalBlobs(data_directory)

    def query(self, sql, *parameters):
        """Rows as dictionaries, read through a connection that cannot write."""
        with closing(sqlite3.connect(f"file:{self.directory}/nassaq.db?mode=ro", uri=True, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, parameters)]

    def execute(self, sql, *parameters):
        """Changes the database behind the server's back, to bring about what takes luck or hours otherwise."""
        with closing(sqlite3.connect(self.directory / "nassaq.db", timeout=20)) as connection, connection:
            connection.execute(sql, parameters)

    def count(self, table):
        return self.query(f"SELECT count(*) AS number FROM {table}")[0]["number"]

    def blobs(self):
        """The names of all blobs."""
        return self.storage.names()

    def spool(self):
        """The files of uploads under way; the lock by which a process owns its part of the spool is none."""
        return {path for path in self._files("spool") if Path(path).name != "lock"}

    def uploads(self):
        """Everything an upload leaves: equal before and after a refused one."""
        tables = ("Documents", "Processing_Status", "Outbox", "Job_Queue")
        return {"blobs": self.blobs(), "spool": self.spool(),
                **{table: self.count(table) for table in tables}}

    def set_status(self, doc_id, status):
        self.execute("UPDATE Processing_Status SET status = ? WHERE doc_id = ?", status, doc_id)

    def _files(self, folder):
        root = self.directory / folder
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
