-- A statement that takes 5,000 locks on one of these would get that of the whole table, and all others would wait
-- (learn.microsoft.com, "Transaction locking and row versioning guide", lock escalation). What is done at once is bounded;
-- what hangs on it by a foreign key is not.
ALTER TABLE Search_Words SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE Search_Trigrams SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE Document_Events SET (LOCK_ESCALATION = DISABLE);
