-- Documents whose index is written in several transactions. While `is_whole` is 0 pieces of it may be missing, and whoever
-- writes it counts `pieces` up under its own `ticket`. When it is 1, not all of its words are in Search_Vocabulary, so that
-- `begin*` has to be looked for in the index itself.
CREATE TABLE Search_Large (
    doc_id   INTEGER PRIMARY KEY REFERENCES Documents (doc_id) ON DELETE CASCADE,
    user_id  INTEGER NOT NULL,
    ticket   TEXT NOT NULL,
    pieces   INTEGER NOT NULL,
    is_whole INTEGER NOT NULL
);
CREATE INDEX ix_search_large_user_id ON Search_Large (user_id);

-- Words that have gone with a page or a name. What no other document of the user has is forgotten later.
CREATE TABLE Search_Leftovers (
    leftover_id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL,
    words       TEXT NOT NULL
);
