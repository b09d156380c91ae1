"""What a statement to SQL Server must keep to, for there is none in every test run: each rule is a fault that a real server
would show late, under load or with somebody else's data. Statements are parsed by sqlglot; types, collations and indexes are
those of the migrations."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
# learn.microsoft.com, "Maximum capacity specifications for SQL Server".
MOST_PARAMETERS = 2_100
# What a connection says before the statements that locks are for.
LOCKS = re.compile(
    r"DECLARE @result INT; (?:EXEC @result = sp_getapplock @Resource = \?, @LockMode = '\w+', @LockOwner = 'Transaction', "
    r"@LockTimeout = \?; IF @result = -3 THROW \d+, N'[^']*', 1; IF @result < 0 THROW \d+, N'[^']*', 1(?:; )?)+")
# How a row gets an id that was given before (src/trash/store.cpp). Neither sqlglot nor PostgreSQL knows it.
GIVEN_ID = re.compile(r"SET IDENTITY_INSERT (\w+) ON; BEGIN TRY (.*?); END TRY "
                      r"BEGIN CATCH SET IDENTITY_INSERT \1 OFF; THROW; END CATCH; SET IDENTITY_INSERT \1 OFF")
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.In)
# Texts of which nobody has two that differ in case alone: names and numbers of our own making, so that it does not matter by
# what collation they are compared.
OF_OUR_OWN = {"queue_name", "message_id", "text_id", "claimed_by", "language", "revision", "name"}
# Compared without case, as is promised.
WITHOUT_CASE = {"username", "email"}
# In the tables of a platform's database, by whatever collation it has: so does the platform itself.
AS_THE_PLATFORM_HAS_IT = {"filename", "full_path", "blob_name", "role_name"}


@dataclass(frozen=True)
class Column:
    type: str
    has_collation: bool

    def is_text(self):
        return self.type.endswith("CHAR")


@dataclass(frozen=True)
class Schema:
    """Tables, their columns, and the first columns of their indexes; all names in small letters."""

    columns: dict
    leading: dict

    def column(self, tables, name):
        """That of the tables that has the name, if only one kind of column is meant."""
        found = {self.columns[table][name] for table in tables if name in self.columns.get(table, {})}
        return found.pop() if len(found) == 1 else None


@cache
def schema():
    columns = {"schema_version": {"version": Column("BIGINT", False)}}  # Made by the program itself.
    leading = {"schema_version": {"version"}}
    script = "\n".join(file.read_text() for file in sorted(MIGRATIONS.glob("*.mssql.sql")))
    script = re.sub(r"--.*", "", script).lower()
    for table, body in re.findall(r"create table (\w+) \((.*?)\n\);", script, re.S):
        columns[table] = {name: _column(rest) for name, rest in re.findall(r"^    (\w+)\s+(.+?),?$", body, re.M)
                          if name not in ("constraint", "references")}
        keys = re.findall(r"^    (\w+)\s[^\n]*?(?:primary key|unique)\b", body, re.M)
        leading[table] = {key for key in keys if key != "constraint"}
        leading[table] |= set(re.findall(r"(?:primary key|unique) \((\w+)", body))
        leading[table] |= {name for name, rest in re.findall(r"^    (\w+)((?:.|\n        )*)", body, re.M)
                           if re.search("primary key|unique", rest) and name != "constraint"}
    for table, name, rest in re.findall(r"alter table (\w+)\s+add (\w+) ([^;]+);", script):
        columns[table][name] = _column(rest)
    for table, first in re.findall(r"create (?:unique )?index \w+\s+on (\w+) \((\w+)", script):
        leading.setdefault(table, set()).add(first)
    return Schema(columns, leading)


def _column(text):
    return Column(re.match(r"\w+", text)[0].upper(), "collate" in text)


@dataclass(frozen=True)
class Recorded:
    """A statement as it was sent. `letters`: one for each parameter, `l` for a text that could be longer than 4,000 units
    (tests/odbc/failing_driver.cpp)."""

    text: str
    letters: str = ""


def without_given_id(text):
    return GIVEN_ID.sub(r"\2", text)


def split_at_locks(text):
    """What a batch says before its locks, to take them, and behind them; all is behind where there are none."""
    locks = LOCKS.search(text)
    return (text[:locks.start()], locks[0], text[locks.end():]) if locks else ("", "", text)


def parts(text):
    """The statements of a batch, without its locks."""
    return [part for part in re.split(r";\s*", LOCKS.sub("", text)) if part.strip()]


def faults(recorded):
    """What is wrong with a statement, in words."""
    before, locks, behind = split_at_locks(without_given_id(recorded.text))
    text = before + behind
    if not text.strip():
        return []
    try:
        batch = sqlglot.parse(text, read="tsql")
    except sqlglot.errors.SqlglotError as error:
        return [f"is no T-SQL: {error}"]
    first = before.count("?")
    letters = recorded.letters[:first] + recorded.letters[first + locks.count("?"):]
    return _Batch([part for part in batch if part], letters).faults()


class _Batch:
    def __init__(self, statements, letters):
        self._statements = statements
        placeholders = [place for statement in statements for place in _in_order(statement)]
        self._parameters = len(placeholders)
        self._long = {id(place) for place, letter in zip(placeholders, letters) if letter == "l"}
        # A variable stands for the parameter that it is given.
        self._variables = {variable.name.lower(): item.args.get("default")
                           for statement in statements for item in statement.find_all(exp.DeclareItem)
                           for variable in (item.this if isinstance(item.this, list) else [item.this])}

    def faults(self):
        found = []
        if self._parameters > MOST_PARAMETERS:
            found.append(f"has {self._parameters} parameters, and SQL Server takes {MOST_PARAMETERS}")
        for statement in self._statements:
            if isinstance(statement, exp.Command):
                found.append(f"is not understood: {statement.sql('tsql')}")
            if isinstance(statement, (exp.Delete, exp.Update)):
                found += self._faults_of_change(statement)
            found += ["has an OR of EXISTS, for which every row may be gone through"
                      for either in statement.find_all(exp.Or) if _has_exists(either)]
            for comparison in statement.find_all(*COMPARISONS):
                if not (isinstance(comparison.parent, exp.Update) and comparison.arg_key == "expressions"):  # SET.
                    found += self._faults_of_comparison(comparison)
        return found

    def _faults_of_change(self, statement):
        where = statement.args.get("where")
        if "TOP" in {table.name.upper() for table in statement.args.get("tables") or ()} and where:
            return []
        tables = _tables_of(statement)
        conditions = list(_conjuncts(where.this)) if where else []
        conditions += [condition for join in statement.find_all(exp.Join) if join.args.get("on")
                       for condition in _conjuncts(join.args["on"])]
        keys = set().union(*(schema().leading.get(table, set()) for table in tables))
        if any(_column_of(condition) in keys for condition in conditions if isinstance(condition, (exp.EQ, exp.In))):
            return []
        return ["changes rows without a bound: it names neither a key nor TOP"]

    def _faults_of_comparison(self, comparison):
        found = []
        for column, value in _pairs(comparison):
            kind = schema().column(_tables_around(comparison), column.name.lower())
            place = self._parameter(value)
            if not place:
                continue
            name = column.name.lower()
            if kind and kind.type == "VARCHAR" and not _is_cast(value):
                found.append(f"compares the VARCHAR column {name} with NVARCHAR, so that its index is of no use")
            has_collation = isinstance(column.parent, exp.Collate) or (kind and kind.has_collation)
            if kind and kind.type == "NVARCHAR" and not has_collation and \
                    name not in OF_OUR_OWN | WITHOUT_CASE | AS_THE_PLATFORM_HAS_IT and \
                    not _is_digested(column):
                found.append(f"compares {name} by whatever collation the database has")
            if id(place) in self._long and not _is_cast(value):
                found.append(f"compares {name} with a text that may be too long to be compared")
        return found

    def _parameter(self, value):
        """The parameter in a value, if it is one."""
        bare = value.unnest()
        while isinstance(bare, (exp.Cast, exp.Collate)):
            bare = bare.this
        if isinstance(bare, exp.Parameter):
            bare = self._variables.get(bare.name.lower())
        return bare if isinstance(bare, exp.Placeholder) else None


def _in_order(statement):
    return statement.find_all(exp.Placeholder, bfs=False)


def _has_exists(either):
    operands = [operand.unnest() for operand in (either.left, either.right)]
    operands += [part for operand in operands if isinstance(operand, exp.And) for part in _conjuncts(operand)]
    return any(isinstance(operand.this if isinstance(operand, exp.Not) else operand, exp.Exists) for operand in operands)


def _conjuncts(condition):
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _column_of(condition):
    column = condition.this.unnest()
    while isinstance(column, exp.Collate):
        column = column.this
    return column.name.lower() if isinstance(column, exp.Column) else None


def _pairs(comparison):
    """Each column in a comparison, with each value that it is compared with."""
    left = comparison.this
    rights = comparison.expressions if isinstance(comparison, exp.In) else [comparison.expression]
    for right in rights:
        for one, other in ((left, right), (right, left)):
            bare = one.unnest()
            while isinstance(bare, exp.Collate):
                bare = bare.this
            if isinstance(bare, exp.Column):
                yield bare, other


def _is_digested(column):
    """Whether the digest of the text is compared beside it, which is another one for another text."""
    around = column.find_ancestor(exp.Where)
    return around is not None and any(other.name.lower() == f"{column.name.lower()}_digest"
                                      for other in around.find_all(exp.Column))


def _is_cast(value):
    return isinstance(value.unnest(), exp.Cast)


def _tables_of(node):
    return {table.name.lower() for table in node.find_all(exp.Table)}


def _tables_around(node):
    """Those of the statement in which a condition stands, and of those around it."""
    tables = set()
    while node := node.parent:
        if isinstance(node, (exp.Select, exp.Update, exp.Delete)):
            tables |= {table.name.lower() for table in node.find_all(exp.Table)
                       if table.find_ancestor(exp.Select, exp.Update, exp.Delete) in (node, None)
                       or isinstance(node, (exp.Update, exp.Delete))}
    return tables
