"""What is told of a SQL Server whose database is set up so that Nassaq does not go with it: by `doctor`, by `migrate` and at
the start. The server is that of test_transact_sql.py, and says of its database what a test wants it to say."""

import json
from contextlib import closing, contextmanager
from pathlib import Path

import pyodbc
import pytest

from support.failing_driver import DRIVER
from support.postgres import Postgres
from support.server import Server
from support.transact_sql import TransactSql

WELL = ("nassaq", 1, 160, "Arabic_100_CI_AS_SC_UTF8", "Arabic_CI_AS")
ILL = ("na]me", 0, 120, "Arabic_100_CI_AS_SC_UTF8", "Latin1_General_CS_AS")
WHAT_MENDS = ["ALTER DATABASE [na]]me] SET READ_COMMITTED_SNAPSHOT ON", "ALTER DATABASE [na]]me] SET COMPATIBILITY_LEVEL = 130",
              "ALTER TABLE Users ALTER COLUMN email"]
OF_FREETDS = "FreeTDS cannot send long texts to a database of the collation Arabic_100_CI_AS_SC_UTF8"


@pytest.fixture(scope="module")
def transact(tmp_path_factory):
    postgres = Postgres().start()
    server = Server(SQL_CONNECTION_STRING=postgres.connection_string())
    assert server.run("migrate").returncode == 0
    server.close()
    transact = TransactSql(postgres, tmp_path_factory.mktemp("transact"))
    with closing(pyodbc.connect(postgres.connection_string(), autocommit=True)) as connection:
        transact.prepare(connection)
    yield transact
    transact.close()
    postgres.close()


@pytest.fixture
def freetds(transact, tmp_path):
    """The connection string of somebody who uses FreeTDS, as far as its name tells: what a driver is asked for by its name
    does not reach psqlODBC, which is behind it."""
    driver = tmp_path / "freetds.so"
    driver.symlink_to(Path(DRIVER))
    return f"{transact.connection_string(driver)};Protocol=7.4-0;BoolsAsChar=0"


def findings_of(server):
    """Those of `doctor` about the database."""
    report = json.loads(server.run("doctor", "--json").stdout)
    return [(one["state"], one["message"]) for one in report["findings"] if one["part"] == "database"]


@contextmanager
def serving(server):
    """What its log advises."""
    server.start()
    yield [line["advice"] for line in server.log() if "advice" in line]
    server.stop()


@pytest.mark.parametrize("set_up", [ILL, (*ILL[:4], "Arabic_BIN2")], ids=["CS", "BIN2"])
def test_what_makes_it_slow_or_odd_is_a_warning(transact, new_server, set_up):
    transact.set_up = set_up
    server = new_server(SQL_CONNECTION_STRING=transact.connection_string())
    warnings = [message for state, message in findings_of(server) if state == "warning"]
    assert len(warnings) == len(WHAT_MENDS)
    with serving(server) as advice:
        for told in (warnings, advice):
            assert all(any(mends in one for one in told) for mends in WHAT_MENDS), told


def test_of_one_that_is_set_up_well_nothing_is_told(transact, new_server):
    transact.set_up = WELL
    server = new_server(SQL_CONNECTION_STRING=transact.connection_string())
    assert {state for state, _ in findings_of(server)} == {"ok"}
    with serving(server) as advice:
        assert advice == []


def test_freetds_is_refused_where_documents_would_fail(transact, freetds, new_server):
    """SQL Server takes no long text of it there, so that each longer document would end as Failed."""
    server = new_server(SQL_CONNECTION_STRING=freetds)
    for collation in ("Arabic_100_CI_AS_SC_UTF8", "Arabic_100_CI_AS_SC"):
        transact.set_up = (*WELL[:3], collation, WELL[4])
        assert any(state == "fault" and "FreeTDS cannot send long texts" in message for state, message in findings_of(server))
    transact.set_up = WELL
    for command in ("migrate", "serve"):
        done = server.run(command)
        assert done.returncode == 1 and OF_FREETDS in done.stderr, done.stderr


def test_freetds_is_taken_elsewhere(transact, freetds, new_server):
    transact.set_up = (*WELL[:3], "Arabic_CI_AS", WELL[4])
    server = new_server(SQL_CONNECTION_STRING=freetds)
    assert "fault" not in {state for state, _ in findings_of(server)}
    assert server.run("migrate").returncode == 0
