-- Texts that are too long for one transaction while others wait for the writer. Each is written bit by bit under a revision
-- of its own, of which `pieces` are there; it is the document's when the row of page 0 in Document_Text, which such a
-- document has alone, names that revision. `is_whole` is 0 until then. One without a document is nobody's any more, and is
-- cleared away bit by bit: so it outlives its document's row.
CREATE TABLE Long_Texts (
    revision TEXT NOT NULL PRIMARY KEY,
    doc_id   INTEGER REFERENCES Documents (doc_id) ON DELETE SET NULL,
    pieces   INTEGER NOT NULL DEFAULT 0,
    is_whole INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX ix_long_texts_doc_id ON Long_Texts (doc_id);
CREATE INDEX ix_long_texts_unfinished ON Long_Texts (revision) WHERE is_whole = 0;

-- A page, or a part of one, in the order of the text, numbered from 1.
CREATE TABLE Long_Text_Pieces (
    revision   TEXT NOT NULL,
    piece      INTEGER NOT NULL,
    page       INTEGER NOT NULL,
    method     TEXT NOT NULL,
    confidence REAL,
    language   TEXT,
    content    TEXT NOT NULL,
    PRIMARY KEY (revision, piece)
) WITHOUT ROWID;
