"""The SQL in the program's source that SQL Server can be sent: every literal that looks like some, as a pattern of what comes
of it."""

import re
from dataclasses import dataclass
from functools import cache

from support.server import ROOT

# Of these files, or of what is in these words, SQL Server never hears.
OF_OTHER_DATABASES = re.compile(r"sqlite|postgres|app/backup|imports/journal")
OTHER_WORDS = re.compile(
    r"ON CONFLICT|RETURNING|LIMIT (?:\d|\?|$)|unnest\(|sqlite_|pg_|pragma|current_setting|current_database|version\(\)|"
    r"(?:Document|Type|Language)_Counts|List_Items|MATERIALIZED|EXISTS \(SELECT 1 FROM lock\)|md5\(|CROSS JOIN|"
    r"SUBSTRING\(content, |clock_timestamp|body = \? AND body = \?|FOR NO KEY|SET LOCAL|SUM\(changes\)")
SQL = re.compile(r"(?:SELECT |INSERT INTO|UPDATE (?:\w+|\{\}) SET|DELETE |EXISTS \(|(?:AND|WHERE) \w[\w.]* (?:=|<|>|IN)|"
                 r"DECLARE @|^FROM \w+ )")
LITERALS = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*')


@dataclass(frozen=True)
class SourceText:
    file: str
    text: str

    def is_whole(self):
        """Whether it is a statement by itself, with nothing to be put in."""
        begins = re.match(r"SELECT\b.* FROM \w|(?:UPDATE|DELETE)\b.* WHERE |INSERT\b.* (?:VALUES|SELECT)\b", self.text)
        return begins and "{" not in self.text and self.text.count("(") == self.text.count(")") and \
            not re.search(r"(?:WHERE|AND|FROM|VALUES|BY|=)$", self.text)

    def occurs_in(self, statement):
        """Whether the pieces around {} follow one another in it; what is put in for {} is anything."""
        place = 0
        for piece in re.split(r"\{\w*\}", self.text.replace("{{", "\0").replace("}}", "\1")):
            words = _plain(piece).replace("\0", "{").replace("\1", "}")
            place = statement.find(words, place)
            if place < 0:
                return False
            place += len(words)
        return True


def _plain(text):
    """Lists of however many places are one place."""
    return re.sub(r"\s+", " ", re.sub(r"\?(?:, (?:\?|\.\.\.))+", "?", text))


@cache
def source_texts():
    return list(_source_texts())


def _source_texts():
    for file in sorted([*ROOT.glob("src/**/*.cpp"), *ROOT.glob("src/**/*.hpp")]):
        name = str(file.relative_to(ROOT))
        if OF_OTHER_DATABASES.search(name):
            continue
        source = re.sub(r"//.*", "", file.read_text())
        for literal in LITERALS.findall(source):
            text = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', literal)).replace('\\"', '"')
            if SQL.search(text) and not OTHER_WORDS.search(text):
                yield SourceText(name, text.strip())


def is_in_source(statement):
    """Whether it may come of one of the texts, as far as that can be told without sending it."""
    statement = _plain(statement)
    return any(_plain(text.text) == statement or (len(text.text) > 40 and text.occurs_in(statement))
               for text in source_texts())


def never_seen(statements):
    """The texts of which none of the statements has come."""
    statements = [_plain(statement) for statement in statements]
    return [text for text in source_texts() if not any(text.occurs_in(statement) for statement in statements)]
