-- Whose readers are the same: an audience is what is governed by one folder, the nearest at which anything is said about
-- reading documents. The passages of its documents bear its id, so that a search of what others share looks at few
-- places of the index (docs/decisions/0101-audiences.md).
-- The folders that govern, as new passages are told of them.
CREATE TABLE Search_Audiences (path_id INTEGER PRIMARY KEY);
-- Which audience the passages of a folder's documents bear; 0 for none.
CREATE TABLE Search_Folder_Keys (
    path_id     INTEGER PRIMARY KEY,
    audience_id INTEGER NOT NULL
);
-- Whether all passages bear what they should: they do, if the folders that govern, and the moves of folders
-- (Access_Version), are still those that are written down here, and no document has been moved since.
CREATE TABLE Search_Audience_State (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    fingerprint TEXT NOT NULL,
    moves       INTEGER NOT NULL
);
INSERT INTO Search_Audience_State (one, fingerprint, moves) VALUES (1, '', 0);
CREATE TABLE Search_Moved_Documents (
    move_id INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id  INTEGER NOT NULL
);
CREATE TRIGGER search_moved_documents AFTER UPDATE OF path_id ON Documents
WHEN NEW.path_id <> OLD.path_id AND EXISTS (SELECT 1 FROM Search_Audiences)
BEGIN
    INSERT INTO Search_Moved_Documents (doc_id) VALUES (NEW.doc_id);
END;
INSERT INTO Daily_Looks (name, due_at, last_id) VALUES ('search audiences', '2000-01-01T00:00:00.000000', 0);

-- The passages of audiences once more, in an index of their own: an id in it begins with the audience's, as one of
-- Search_Index does with the owner's. It keeps no words, so that Search_Index has to be asked for them to take one out.
CREATE TABLE Search_Audience_Pages (
    audience_passage_id INTEGER PRIMARY KEY,
    passage_id          INTEGER NOT NULL UNIQUE,
    doc_id              INTEGER NOT NULL
);
CREATE VIRTUAL TABLE Search_Audience_Index USING fts5(name, name_stems, words, stems, content = '', tokenize = 'ascii',
                                                      columnsize = 0);
CREATE TRIGGER search_audience_pages_deleted BEFORE DELETE ON Search_Pages
BEGIN
    INSERT INTO Search_Audience_Index (Search_Audience_Index, rowid, name, name_stems, words, stems)
    SELECT 'delete', p.audience_passage_id, i.name, i.name_stems, i.words, i.stems
    FROM Search_Audience_Pages p JOIN Search_Index i ON i.rowid = p.passage_id WHERE p.passage_id = OLD.passage_id;
    DELETE FROM Search_Audience_Pages WHERE passage_id = OLD.passage_id;
END;

-- For each folder below one that is moved it wrote a row for each user: their lists go by Access_Version now.
DROP TRIGGER document_counts_path_update;
