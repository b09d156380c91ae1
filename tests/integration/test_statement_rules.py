"""The rules for statements to SQL Server are rules: each finds its fault, and finds none in what is right."""

import pytest

from support.statement_rules import MOST_PARAMETERS, Recorded, faults

WRONG = {
    "SELECT log_id FROM Logs WHERE action_type = ?": "VARCHAR column action_type",
    "SELECT log_id FROM Logs l JOIN Users u ON u.user_id = l.user_id WHERE l.action_type IN (?, ?)": "VARCHAR column action_type",
    "UPDATE Processing_Status SET status = 'x' WHERE doc_id = ? AND status = ?": "VARCHAR column status",
    "SELECT s.doc_id FROM Search_Pages s WHERE EXISTS (SELECT 1 FROM Search_Words w WHERE w.term = ?) "
    "OR EXISTS (SELECT 1 FROM Search_Words w WHERE w.term = ?)": "OR of EXISTS",
    "SELECT s.doc_id FROM Search_Pages s WHERE s.page = 1 OR NOT EXISTS (SELECT 1 FROM Search_Words w)": "OR of EXISTS",
    "SELECT s.doc_id FROM Search_Pages s WHERE s.page = 1 OR (s.part = 1 AND EXISTS (SELECT 1 FROM Search_Words w))":
        "OR of EXISTS",
    "DELETE FROM Logs": "without a bound",
    "DELETE FROM Logs WHERE log_timestamp < ?": "without a bound",
    "UPDATE Logs SET details = NULL WHERE details = 'x'": "without a bound",
    "DELETE v FROM Search_Vocabulary v JOIN Users u ON u.full_name = v.word WHERE v.word = ?": "without a bound",
    "SELECT outbox_id FROM Outbox WHERE body = ?": "whatever collation",
    "SELECT doc_id FROM Document_Text WHERE content LIKE ?": "whatever collation",
    "SELECT FROM WHERE": "is no T-SQL",
    f"SELECT doc_id FROM Documents WHERE doc_id IN ({', '.join(['?'] * (MOST_PARAMETERS + 1))})": "parameters",
}
RIGHT = [
    "SELECT log_id FROM Logs WHERE action_type = CAST(? AS VARCHAR(50)) AND log_timestamp >= ?",
    "SELECT s.doc_id FROM Search_Pages s WHERE EXISTS (SELECT 1 FROM Search_Words w WHERE w.term = ? OR w.term = ?)",
    "DELETE TOP (500) FROM Logs WHERE log_timestamp < ?",
    "DELETE FROM Documents WHERE doc_id = ?",
    "UPDATE Outbox SET claimed_until = ? OUTPUT INSERTED.body WHERE outbox_id IN (?, ?) AND claimed_until IS NULL",
    "DELETE t FROM Search_Trigrams t JOIN OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (trigram NVARCHAR(6)) AS r "
    "ON t.trigram = r.trigram COLLATE Latin1_General_BIN2 WHERE t.user_id = ?",
    "SELECT outbox_id FROM Outbox WHERE body COLLATE Latin1_General_BIN2 = ?",
    "SELECT user_id FROM Users WITH (UPDLOCK, ROWLOCK) WHERE email = ?",
    f"SELECT doc_id FROM Documents WHERE doc_id IN ({', '.join(['?'] * MOST_PARAMETERS)})",
]


@pytest.mark.parametrize("statement", WRONG, ids=lambda text: text[:60])
def test_what_is_wrong_is_found(statement):
    assert any(WRONG[statement] in fault for fault in faults(Recorded(statement))), faults(Recorded(statement))


@pytest.mark.parametrize("statement", RIGHT, ids=lambda text: text[:60])
def test_what_is_right_is_let_alone(statement):
    assert faults(Recorded(statement)) == []


def test_a_text_that_is_too_long_to_be_compared():
    statement = "SELECT user_id FROM Users WHERE user_id = ? AND email = ?"
    assert faults(Recorded(statement, "it")) == []
    assert any("too long" in fault for fault in faults(Recorded(statement, "il")))


def test_a_variable_is_the_parameter_that_it_is_given():
    statement = "DECLARE @reader BIGINT = ?, @text0 NVARCHAR(4000) = ?; SELECT log_id FROM Logs WHERE action_type = @text0"
    assert any("VARCHAR column action_type" in fault for fault in faults(Recorded(statement, "it")))
    assert any("too long" in fault for fault in faults(Recorded(statement, "il")))


def test_the_locks_before_a_statement_are_no_part_of_it():
    lock = ("DECLARE @result INT; EXEC @result = sp_getapplock @Resource = ?, @LockMode = 'Exclusive', @LockOwner = "
            "'Transaction', @LockTimeout = ?; IF @result = -3 THROW 50001, N'a deadlock', 1; IF @result < 0 THROW 50002, N'no', 1")
    assert faults(Recorded(lock, "ti")) == []
    assert faults(Recorded(lock + "; DELETE FROM Documents WHERE doc_id = ?", "tii")) == []
    assert any("too long" in fault for fault in faults(Recorded(lock + "; SELECT 1 FROM Users WHERE email = ?", "til")))


def test_locks_within_a_batch_are_not_counted():
    lock = ("DECLARE @result INT; EXEC @result = sp_getapplock @Resource = ?, @LockMode = 'Exclusive', "
            "@LockOwner = 'Transaction', @LockTimeout = ?; IF @result = -3 THROW 50001, N'a', 1; "
            "IF @result < 0 THROW 50002, N'b', 1; ")
    before, behind = "DELETE FROM Outbox WHERE doc_id = ?; ", "DELETE FROM Users WHERE user_id = 1 AND email = ?"
    assert faults(Recorded(before + lock + behind, "itit")) == []
    assert any("too long" in fault for fault in faults(Recorded(before + lock + behind, "itil")))
    assert faults(Recorded(before + lock + behind, "ilit")) == []
