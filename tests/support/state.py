"""What the server keeps, seen from outside: database rows, and in its data directory blobs and spool files."""

from contextlib import closing
from pathlib import Path

from support.database import KIND, TABLES, database, plain
from support.files import files_below
from support.server import wait_until
from support.storages import LocalBlobs


def numbers_below(count):
    """A table for FROM with a row for each `n` from 0 to below `count`, 100,000 at most, in SQL that every database knows."""
    digit = "(" + " UNION ALL ".join(f"SELECT {value} AS n" for value in range(10)) + ")"
    places = [f"{10 ** place} * {name}.n" for place, name in enumerate("abcde")]
    return (f"(SELECT {' + '.join(places)} AS n FROM " + " CROSS JOIN ".join(f"{digit} {name}" for name in "abcde")
            + f" WHERE {' + '.join(places)} < {count}) numbers")


class State:
    def __init__(self, data_directory, storage=None):
        self.directory = Path(data_directory)
        self.storage = storage or LocalBlobs(data_directory)

    def query(self, sql, *parameters):
        """Rows as dictionaries; times as the text that SQLite keeps."""
        with closing(database().connect(self.directory)) as connection:
            cursor = connection.execute(database().sql(sql), parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, map(plain, row))) for row in cursor.fetchall()]

    def execute(self, sql, *parameters):
        """Changes the database behind the server's back, to bring about what takes luck or hours otherwise."""
        parameters = [database().sql(value) if isinstance(value, str) else value for value in parameters]
        with closing(database().connect(self.directory, writes=True)) as connection, connection:
            connection.execute(database().sql(sql), parameters)

    def rename_table(self, name, new_name):
        self.execute(database().rename_table(name, new_name))

    def holds(self, text):
        """Whether the text is anywhere in the database: of SQLite, in any byte of its files."""
        if KIND == "sqlite":
            return text.encode() in b"".join(file.read_bytes() for file in self.directory.glob("nassaq.db*"))
        return any(text in str(row) for table in TABLES for row in self.query(f"SELECT * FROM {table}"))

    def count(self, table):
        return self.query(f"SELECT count(*) AS number FROM {table}")[0]["number"]

    def blobs(self):
        """The names of all blobs."""
        return self.storage.names()

    def spool(self):
        """The files of uploads and of jobs under way. The lock by which a process owns its part of the spool is none, nor
        are the notes that it keeps for the next ones."""
        files = map(Path, files_below(self.directory / "spool"))
        return {str(file) for file in files if file.name != "lock" and file.suffix != ".spare"}

    def uploads(self):
        """Everything an upload leaves: equal before and after a refused one. What is spooled goes a moment after an answer,
        after a broken connection is noticed, or after a job's end can be seen."""
        wait_until(lambda: not self.spool(), what="an empty spool/")
        tables = ("Documents", "Processing_Status", "Outbox", "Job_Queue")
        return {"blobs": self.blobs(), **{table: self.count(table) for table in tables}}

    def set_status(self, doc_id, status):
        self.execute("UPDATE Processing_Status SET status = ? WHERE doc_id = ?", status, doc_id)
