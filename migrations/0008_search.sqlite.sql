-- The search index. A row of Search_Pages is a page, or a part of a very long one; its text is in Document_Text, or in
-- `content` where that has it not. Search_Index has its words under the same id, folded by us, so that SQLite's simplest
-- tokenizer will do; whose they are is in the id (src/search/sqlite_tables.cpp). Both go with the document.
CREATE TABLE Search_Pages (
    passage_id INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    doc_id     INTEGER NOT NULL REFERENCES Documents (doc_id) ON DELETE CASCADE,
    page       INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    has_text   INTEGER NOT NULL,
    language   TEXT,
    content    TEXT
);
CREATE UNIQUE INDEX uq_search_pages ON Search_Pages (doc_id, page, part);

CREATE VIRTUAL TABLE Search_Index USING fts5(name, name_stems, words, stems, tokenize = 'ascii', columnsize = 0);
CREATE TRIGGER search_pages_deleted AFTER DELETE ON Search_Pages
BEGIN
    DELETE FROM Search_Index WHERE rowid = OLD.passage_id;
END;

-- The words of each user's documents, to find those that are like a mistyped one.
CREATE TABLE Search_Trigrams (
    trigram TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    word    TEXT NOT NULL,
    PRIMARY KEY (trigram, user_id, word)
) WITHOUT ROWID;
