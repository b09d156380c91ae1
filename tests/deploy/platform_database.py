"""platform_database.py COMMAND...: runs it beside a PostgreSQL with a database as the platform made it, whose settings are in
platform.env of the working directory; afterwards that database must still hold what it held, and Nassaq's tables."""

import subprocess
import sys
from pathlib import Path

import pyodbc

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from support.postgres import Postgres  # noqa: E402: found by the line above

SETTINGS = Path("platform.env")
# As Nassaq lays out a folder of files: of the two documents that the platform has there, and their sizes, of which it knows the first.
BLOBS = {"عقود%/2024%/عقد.pdf": 1234, "old.txt": 5}


def rows(connection, table):
    return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def main(command):
    postgres = Postgres().start()
    try:
        connection = pyodbc.connect(postgres.connection_string(), autocommit=True)
        connection.execute((TESTS / "data/platform.postgres.sql").read_text())
        before = [(table, len(rows(connection, table))) for table in ("Users", "Documents", "Processing_Status", "Virtual_Paths")]
        for name, size in BLOBS.items():
            (Path("data/blobs") / name).parent.mkdir(parents=True, exist_ok=True)
            (Path("data/blobs") / name).write_bytes(b"x" * size)
        assert not SETTINGS.exists(), "it is somebody's"
        SETTINGS.write_text(f'SQL_CONNECTION_STRING="{postgres.connection_string()}"\n'
                            "JWT_SECRET_KEY='as long a secret as a secret has to be'\nACCEPT_LEGACY_REFRESH_TOKENS=true\n")
        try:
            status = subprocess.run(command, check=False).returncode
        finally:
            SETTINGS.unlink()
        if status != 0:
            return status
        after = [(table, len(rows(connection, table))) for table, _ in before]
        # A new administrator is what the document makes.
        assert dict(after) == {**dict(before), "Users": dict(before)["Users"] + 1}, (before, after)
        assert rows(connection, "Schema_Version")
        return status
    finally:
        postgres.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
