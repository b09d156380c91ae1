"""What the other tests here count with must count right: the proxy's view of a client of its own, over the tests' driver."""

from contextlib import closing

import pytest

from support.database import database
from support.tds_proxy import through


@pytest.fixture
def connection(proxy):
    import pyodbc
    with closing(pyodbc.connect(through(proxy, database().client_connection_string("master")), autocommit=True)) as connection:
        proxy.take()
        yield connection
    proxy.heal()


def test_it_knows_what_is_executed(proxy, connection):
    cursor = connection.cursor()
    for number in range(3):
        [row] = cursor.execute("SELECT ?, N'كلمة'", number).fetchall()
        assert row[0] == number
    statements = [trip.statement for trip in proxy.take()]
    assert statements.count("SELECT @P1, N'كلمة'") == 3, statements


def test_it_answers_with_an_error_in_the_servers_place(proxy, connection):
    import pyodbc
    proxy.fail("that is never asked", 1105, "no room: كلمة")
    with pytest.raises(pyodbc.Error, match="no room") as raised:
        connection.execute("SELECT 'that is never asked'")
    assert "1105" in str(raised.value) and proxy.faults_met == 1
    assert connection.execute("SELECT 7").fetchone()[0] == 7


def test_it_cuts_only_the_commit_that_is_meant(proxy, connection):
    import pyodbc
    proxy.cut_behind_commit("of the one")
    connection.execute("BEGIN TRANSACTION")
    connection.execute("SELECT 'of another'").fetchall()
    connection.execute("COMMIT TRANSACTION")
    connection.execute("BEGIN TRANSACTION")
    connection.execute("SELECT 'of the one'").fetchall()
    with pytest.raises(pyodbc.Error):
        connection.execute("COMMIT TRANSACTION")
