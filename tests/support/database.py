"""The database under the servers of a test run, and a way around them into it.

NASSAQ_TEST_DATABASE says which: `sqlite` (the default), `postgres` (a private one, started for the run), or `mssql`, a
SQL Server that can be reached by NASSAQ_TEST_CONNECTION_STRING with an account that may create databases. Each DATA_DIR
gets a database of its own; on SQL Server with the collation that NASSAQ_TEST_COLLATION names, and with
READ_COMMITTED_SNAPSHOT ON or OFF as NASSAQ_TEST_SNAPSHOTS says, or else as that server makes them.
"""

import atexit
import datetime
import functools
import hashlib
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from support.postgres import Postgres

KIND = os.environ.get("NASSAQ_TEST_DATABASE", "sqlite")


class Sqlite:
    def settings(self, data_directory):
        return {}

    def connect(self, data_directory, writes=False):
        mode = "rw" if writes else "ro"
        connection = sqlite3.connect(f"file:{data_directory}/nassaq.db?mode={mode}", uri=True, timeout=20)
        connection.row_factory = sqlite3.Row
        return connection

    def sql(self, text):
        return text

    def rename_table(self, name, new_name):
        return f"ALTER TABLE {name} RENAME TO {new_name}"

    def schema(self, data_directory):
        if not (Path(data_directory) / "nassaq.db").exists():
            return []
        with closing(self.connect(data_directory)) as connection:
            rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
            return [tuple(row) for row in rows]

    def tables(self, data_directory):
        return {row[1] for row in self.schema(data_directory) if row[0] == "table"}

    def columns(self, data_directory, table):
        with closing(self.connect(data_directory)) as connection:
            return {row["name"] for row in connection.execute(f"SELECT name FROM pragma_table_info('{table}')")}


class Odbc:
    """What PostgreSQL and SQL Server have in common: INFORMATION_SCHEMA, and a database for each DATA_DIR."""

    def __init__(self):
        self._made = set()

    def settings(self, data_directory):
        return {"SQL_CONNECTION_STRING": self.connection_string(self._database(data_directory))}

    def connect(self, data_directory, writes=False):
        return self._connect(self._database(data_directory))

    def schema(self, data_directory):
        with closing(self.connect(data_directory)) as connection:
            columns = connection.execute(
                "SELECT table_name, column_name, data_type FROM INFORMATION_SCHEMA.COLUMNS "
                f"WHERE table_schema = '{self.SCHEMA}' ORDER BY table_name, column_name").fetchall()
            indexes = connection.execute(self.INDEXES).fetchall()
        return [tuple(row) for row in columns] + [tuple(row) for row in indexes]

    def tables(self, data_directory):
        names = {name.lower(): name for name in TABLES}
        return {names.get(row[0].lower(), row[0]) for row in self.schema(data_directory)}

    def columns(self, data_directory, table):
        return {row[1] for row in self.schema(data_directory) if row[0].lower() == table.lower()}

    def _database(self, data_directory):
        name = "nassaq_" + hashlib.sha256(str(data_directory).encode()).hexdigest()[:16]
        if name not in self._made:
            with closing(self._connect(self.MAINTENANCE)) as connection:
                self._create(connection, name)
            self._made.add(name)
        return name

    def _create(self, connection, name):
        connection.execute(f"CREATE DATABASE {name}")

    def _connect(self, database):
        import pyodbc
        return pyodbc.connect(self.client_connection_string(database), autocommit=True, timeout=60)


class PostgresDatabase(Odbc):
    SCHEMA = "public"
    MAINTENANCE = "postgres"
    INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"

    def __init__(self):
        super().__init__()
        self.server = Postgres().start()
        atexit.register(self.server.close)

    def connection_string(self, database):
        return self.server.connection_string(database)

    def client_connection_string(self, database):
        return self.connection_string(database) + ";BoolsAsChar=0"

    def sql(self, text):
        return text

    def rename_table(self, name, new_name):
        return f"ALTER TABLE {name} RENAME TO {new_name}"


class SqlServerDatabase(Odbc):
    SCHEMA = "dbo"
    MAINTENANCE = "master"
    INDEXES = "SELECT name, type_desc FROM sys.indexes WHERE name IS NOT NULL ORDER BY name"

    def __init__(self):
        super().__init__()
        self._string = os.environ["NASSAQ_TEST_CONNECTION_STRING"]
        atexit.register(self._drop_all)

    def connection_string(self, database):
        parts = [part for part in self._string.split(";")
                 if part.strip() and part.split("=")[0].strip().lower() not in ("database", "initial catalog")]
        return ";".join([*parts, f"Database={database}"])

    def client_connection_string(self, database):
        string = self.connection_string(database)
        return string + ";ClientCharset=UTF-8;TDS_Version=7.4" if re.search("freetds|tdsodbc", string, re.I) else string

    def sql(self, text):
        """DATETIME refuses more than three digits of a second."""
        return re.sub(r"(\d\d:\d\d:\d\d\.\d{3})\d{3}", r"\1", text)

    def rename_table(self, name, new_name):
        return f"EXEC sp_rename '{name}', '{new_name}'"

    def _create(self, connection, name):
        collation, snapshots = (os.environ.get(f"NASSAQ_TEST_{part}") for part in ("COLLATION", "SNAPSHOTS"))
        connection.execute(f"CREATE DATABASE {name}" + (f" COLLATE {collation}" if collation else ""))
        if snapshots:
            connection.execute(f"ALTER DATABASE {name} SET READ_COMMITTED_SNAPSHOT {snapshots} WITH ROLLBACK IMMEDIATE")

    def _drop_all(self):
        with closing(self._connect(self.MAINTENANCE)) as connection:
            for name in self._made:
                try:
                    connection.execute(f"DROP DATABASE {name}")
                except Exception as error:  # The others are to go all the same.
                    print(f"the database {name} remains: {error}")


PLATFORM_TABLES = ("Roles", "Actions", "Role_Actions", "Users", "Virtual_Paths", "Documents", "Processing_Status",
                   "Ocr_Results", "Individual_Permissions", "Logs")
TABLES = (*PLATFORM_TABLES, "Outbox", "Sessions", "Document_Text", "Document_Text_Parts", "Document_Events", "Job_Queue",
          "Idempotency_Keys", "Job_Turns", "Queue_Turns", "Search_Pages", "Search_Trigrams", "Search_Vocabulary",
          "Search_Large", "Search_Leftovers", "Document_Reads", "Daily_Looks", "Document_Files", "Finished_Upgrades",
          "Trashed_Documents", "Trashed_Files", "Trashed_Status", "Trashed_Results", "Trashed_Text", "Trashed_Text_Parts",
          "Trashed_Ingests", "User_Groups", "Group_Members", "Group_Permissions", "Temporary_Passwords", "Handovers",
          "Access_Version",
          "User_Quotas", "Role_Quotas", "User_Usage", "Page_Usage", "Schema_Version")


@functools.cache
def database():
    return {"sqlite": Sqlite, "postgres": PostgresDatabase, "mssql": SqlServerDatabase}[KIND]()


def plain(value):
    """As SQLite keeps it."""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return value
