-- The words of each user's documents, so that `begin*` need not look at anybody else's: of two characters or more, and
-- those of file names once more behind '^'. A row of user 0 says that words are missing, and that the index itself has to
-- be asked: pages that were indexed before this table had no part in it, until `nassaq search reindex`.
CREATE TABLE Search_Vocabulary (
    user_id INTEGER NOT NULL,
    word    TEXT NOT NULL,
    PRIMARY KEY (user_id, word)
) WITHOUT ROWID;

INSERT INTO Search_Vocabulary (user_id, word)
SELECT 0, '' WHERE EXISTS (SELECT 1 FROM Search_Pages);
