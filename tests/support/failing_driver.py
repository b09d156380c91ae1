"""Has the ODBC driver of tests/odbc fail as a test wants it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from support.server import BINARY

DRIVER = BINARY.parent / "tests/odbc/psqlodbc_failing.so"


@dataclass(frozen=True)
class Rule:
    """What is to happen to calls of a kind whose statement has `text` in it; tests/odbc/failing_driver.cpp has the words.

    `numbers`: the errors of SQL Server that it fails with. `times`: 0 is for all.
    """

    point: str
    deed: str
    text: str = ""
    skip: int = 0
    times: int = 0
    numbers: tuple = field(default=())

    def line(self):
        told = [part for number in self.numbers for part in ("HY000", str(number), _words_of(number))]
        return "\t".join([self.point, self.text, str(self.skip), str(self.times), self.deed, *told])


def _words_of(number):
    words = {18456: "Login failed for user 'nassaq'."}.get(number, "as the tests have it.")
    return f"[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]{words}"


class FailingDriver:
    """Between one PostgreSQL and whoever connects by its connection string; all is well at first."""

    def __init__(self, postgres, folder):
        self._postgres = postgres
        self._script = Path(folder) / "script"
        self.follow()

    def connection_string(self):
        plain = self._postgres.connection_string()
        assert plain.startswith("Driver=PostgreSQL Unicode;")
        return plain.replace("Driver=PostgreSQL Unicode", f"Driver={DRIVER}") + f";FailingScript={self._script}"

    def follow(self, *rules):
        """From now on these hold, and none has been met."""
        fresh = self._script.with_suffix(".new")
        fresh.write_text("".join(rule.line() + "\n" for rule in rules))
        self._met_path.unlink(missing_ok=True)
        os.replace(fresh, self._script)

    def heal(self):
        self.follow()

    def times_met(self):
        """How often a rule was carried out since they hold."""
        return len(self._met_path.read_text().splitlines()) if self._met_path.exists() else 0

    @property
    def _met_path(self):
        return self._script.with_name(self._script.name + ".met")
