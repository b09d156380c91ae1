"""The plans that PostgreSQL has made for what it was asked, as its module auto_explain writes them into the log."""

import json
from dataclasses import dataclass

# For Postgres.start(): every statement, those within triggers and foreign keys too, without what measuring them costs.
SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": 0,
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
    "log_destination": "jsonlog",
    "logging_collector": "on",
    "log_rotation_size": 0,
}


@dataclass(frozen=True)
class Plan:
    statement: str
    milliseconds: float
    nodes: tuple

    def whole_tables(self):
        """The tables that it reads from their beginning to their end."""
        return {node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"}


class Plans:
    """Those of one PostgreSQL, from where they were last taken on."""

    def __init__(self, postgres):
        self._folder = postgres.data / "log"
        self._seen = {file: _end_of_lines(file) for file in self._folder.glob("*.json")}

    def take(self):
        return [plan for file in sorted(self._folder.glob("*.json")) for plan in self._read(file)]

    def _read(self, file):
        with file.open("rb") as log:
            log.seek(self._seen.get(file, 0))
            whole = log.read().rpartition(b"\n")[0]
        self._seen[file] = self._seen.get(file, 0) + len(whole)
        messages = (json.loads(line).get("message", "") for line in whole.splitlines() if line)
        return [_plan_of(message) for message in messages if message.startswith("duration:") and "plan:\n" in message]


def _end_of_lines(file):
    """Where the last line that is whole ends. What a test before it had planned may be a gigabyte."""
    begin = max(0, file.stat().st_size - (1 << 20))
    with file.open("rb") as log:
        log.seek(begin)
        return begin + log.read().rfind(b"\n") + 1


def _plan_of(message):
    head, _, text = message.partition("plan:\n")
    plan = json.loads(text)
    return Plan(plan["Query Text"], float(head.split()[1]), tuple(_nodes_below(plan["Plan"])))


def _nodes_below(node):
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes_below(child)
