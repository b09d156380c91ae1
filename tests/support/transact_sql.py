"""A server that speaks T-SQL as far as Nassaq does: a PostgreSQL, an ODBC driver of ours that says it is SQL Server
(tests/odbc), and this, which the driver asks what to send in the place of each statement. It keeps what it was asked.

It is no proof of what a statement means to SQL Server. It is there so that Nassaq goes through the same code as with one,
gets rows as it would there, and says everything that it has to say to it.
"""

import re
import socket
import threading
from contextlib import closing
from pathlib import Path

from support.failing_driver import DRIVER
from support.statement_rules import Recorded, parts, split_at_locks, without_given_id

# What the tables of PostgreSQL lack of those of SQL Server.
MISSING = """
    ALTER TABLE Search_Pages ALTER terms DROP NOT NULL;
    ALTER TABLE Search_Pages ADD name_words TEXT COLLATE "C", ADD words TEXT COLLATE "C";
    ALTER TABLE Outbox ADD body_digest BYTEA GENERATED ALWAYS AS (decode(md5(body), 'hex')) STORED;
    CREATE TABLE Search_Words (
        term TEXT COLLATE "C" NOT NULL, user_id INTEGER NOT NULL,
        passage_id BIGINT NOT NULL REFERENCES Search_Pages (passage_id) ON DELETE CASCADE,
        PRIMARY KEY (term, user_id, passage_id))"""
TYPES = {"i": "BIGINT", "r": "DOUBLE PRECISION", "b": "BOOLEAN"}
OPENJSON = r"OPENJSON\(CAST\(\? AS NVARCHAR\(MAX\)\)\) WITH \(((?:[^()]|\(\d+\))*)\) AS r"


def _within_brackets(depth):
    """Text with brackets in it, so deep at most."""
    return rf"(?:[^()]|\({_within_brackets(depth - 1)}\))*" if depth else "[^()]*"


# What is said in other words, in the order in which it is looked for.
WORDS = [
    (r"\bN'", "'"),
    (r"^SELECT SCHEMA_NAME\(.* FROM sys\.foreign_keys .*", "SELECT '', '', '', '' WHERE 1 = 0"),
    (r"SELECT CASE WHEN OBJECT_ID\('(\w+)'\) IS NULL THEN 0 ELSE 1 END",
     r"SELECT CASE WHEN to_regclass('\1') IS NULL THEN 0 ELSE 1 END"),
    (r"FROM sys\.indexes WHERE name = \?", "FROM pg_class WHERE relname = ?"),
    (r"CAST\(@@VERSION AS NVARCHAR\(200\)\)", "CAST(version() AS VARCHAR(200))"),
    (OPENJSON, lambda found: _json_rows(found[1])),
    (r"HASHBYTES\('SHA2_256', (CAST\(\? AS NVARCHAR\(MAX\)\))\)", r"decode(md5(\1), 'hex')"),
    (r"(CAST\(\? AS NVARCHAR\(501\)\)) \+ ", r"\1 || "),
    (r"NVARCHAR\(MAX\)", "TEXT"),
    (r"NVARCHAR\(", "VARCHAR("),
    (r"COLLATE Latin1_General_BIN2", 'COLLATE "C"'),
    (r'(p\.full_path COLLATE "C") \+ (\'/\' END) \+ ', r"\1 || \2 || "),
    (r'(SUBSTRING\(content COLLATE "C", )\?', r"\1CAST(? AS INTEGER)"),
    (r" WITH \((?:[A-Z]+(?:, )?)+\)", ""),
    (rf"\(SELECT TOP \((\d+)\) +({_within_brackets(3)})\)", r"(SELECT \2 LIMIT \1)"),
    (r"\bTOP \(\d+\) ", ""),
    (r"\bISNULL\(", "COALESCE("),
    (r" OPTION \(RECOMPILE\)", ""),
    (r"UNICODE\(", "ascii("),
    (r"SYSUTCDATETIME\(\)", "now() AT TIME ZONE 'UTC'"),
    (r"\? AS weight", "CAST(? AS INTEGER) AS weight"),
    (r"^DELETE (\w) FROM (\w+) \1 JOIN (.*) ON (.*?) WHERE ", r"DELETE FROM \2 \1 USING \3 WHERE \4 AND "),
    (r"^SET (?:LOCK_TIMEOUT .*|[A-Z_]+ ON)$", "SELECT 1"),
]


def _json_rows(columns):
    if columns.endswith("'$'"):
        name, kind = columns.split()[:2]
        return f"(SELECT CAST(value AS {kind}) AS {name} FROM json_array_elements_text(CAST(? AS json))) AS r"
    return f"json_to_recordset(CAST(? AS json)) AS r ({columns})"


def _in_words_of_postgres(statement):
    for pattern, words in WORDS:
        statement = re.sub(pattern, words, statement, flags=re.S)
    if output := re.search(r" OUTPUT ((?:INSERTED\.\w+(?:, )?)+)", statement):
        columns = output[1].rstrip().replace("INSERTED.", "")
        statement = f"{statement.replace(output[0], ' ', 1)} RETURNING {columns}"
    return statement


def _typed(statement, letters):
    """psqlODBC leaves types to be guessed; of numbers it must not."""
    letters = iter(letters)
    return re.sub(r"(CAST\()?\?", lambda place: _place(place[1] or "", next(letters, "t")), statement)


def _place(cast, letter):
    return f"{cast}?" if cast or letter not in TYPES else f"CAST(? AS {TYPES[letter]})"


def translate(statement, letters):
    """What does in PostgreSQL what the statement does in SQL Server; a batch becomes one statement with a WITH."""
    before, locks, behind = split_at_locks(without_given_id(statement))
    known = [f"before_{number} AS ({_in_words_of_postgres(part)})" for number, part in enumerate(parts(before))]
    if locks:
        known.append(f"locks AS (SELECT {', '.join(['CAST(? AS TEXT)'] * locks.count('?'))})")
    batch = parts(behind)
    if batch and batch[0].startswith("DECLARE @inserted TABLE"):
        batch = _with_inserted(batch, known)
    elif batch and batch[0].startswith("DECLARE "):
        names = re.findall(r"@(\w+) (\w+)", batch[0])
        values = ", ".join(f"CAST(? AS {'BIGINT' if kind == 'BIGINT' else 'TEXT'}) AS {name}" for name, kind in names)
        known.append(f"variables AS MATERIALIZED (SELECT {values})")
        batch = [re.sub(r"@(\w+)", r"(SELECT \1 FROM variables)", part) for part in batch[1:]]
    batch = [_in_words_of_postgres(part) for part in batch] or [f"SELECT {', '.join(['CAST(? AS TEXT)'] * len(letters))}"
                                                              if not known else "SELECT * FROM locks"]
    known += [f"write_{number} AS ({part})" for number, part in enumerate(batch[:-1])]
    return _typed(f"WITH {', '.join(known)} {batch[-1]}" if known else batch[-1], letters)


def _with_inserted(batch, known):
    """The key of a row of one table goes into rows of others."""
    key = re.search(r"OUTPUT INSERTED\.(\w+) INTO @inserted", batch[1])[1]
    known.append(f"inserted AS ({batch[1].replace(f' OUTPUT INSERTED.{key} INTO @inserted', '')} RETURNING {key} AS id)")
    others = [part.replace("@inserted", "inserted") for part in batch[2:-1]]
    return [*others[:-1], f"{others[-1]} RETURNING {key}"]


class TransactSql:
    """Over a PostgreSQL; `recorded` has each statement once for each kind of parameters. `set_up` is what the server says of
    its database: the name, READ_COMMITTED_SNAPSHOT, the compatibility level, and the collations, its own and that of
    Users.email."""

    def __init__(self, postgres, folder):
        self.recorded = set()
        self.refused = []
        self.set_up = ("nassaq", 1, 160, "Latin1_General_100_CI_AS_SC", "Latin1_General_CI_AS")
        self._postgres = postgres
        self._path = Path(folder) / "translator"
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self._path))
        self._socket.listen(64)
        threading.Thread(target=self._answer_all, daemon=True).start()

    def connection_string(self, driver=DRIVER, port=None):
        """@param port  of a proxy before PostgreSQL."""
        plain = self._postgres.connection_string(port=port)
        assert plain.startswith("Driver=PostgreSQL Unicode;")
        return plain.replace("Driver=PostgreSQL Unicode", f"Driver={driver}") + \
            f";AnswersAs=SQL Server;Translator={self._path};FailingScript={self._path}.none"

    def prepare(self, connection):
        """Makes the schema of PostgreSQL, which has its migrations already, one of SQL Server's that has them too."""
        connection.execute(MISSING)
        migrations = Path(__file__).resolve().parents[2] / "migrations"
        for file in migrations.glob("*.mssql.sql"):
            version, _, name = file.name.partition("_")
            connection.execute("INSERT INTO Schema_Version (version, name, applied_at) VALUES (?, ?, '') "
                               "ON CONFLICT DO NOTHING", int(version), name)

    def close(self):
        self._socket.close()

    def _answer_all(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client):
        with closing(client):
            question = b""
            while piece := client.recv(65536):
                question += piece
            letters, _, statement = question.decode().partition("\n")
            self.recorded.add(Recorded(statement, letters))
            try:
                answer = self._translate(statement, letters)
            except Exception as error:  # Told to whoever asked.
                self.refused.append((statement, error))
                answer = f"!{error}"
            client.sendall(answer.encode())

    def _translate(self, statement, letters):
        if statement.startswith("SELECT DB_NAME(),"):
            return f"SELECT {', '.join(map(repr, self.set_up))}"
        return translate(statement, letters)
