-- Whose readers are the same: an audience is what is governed by one folder, the nearest at which anything is said about
-- reading documents (docs/decisions/0101-audiences.md). It is called by that folder's id.
-- The audience of each folder's documents, 0 for none; `borne_id` is the one that all of them, and their passages, are
-- known to bear. Folders that are not here have none.
CREATE TABLE Audience_Folders (
    path_id     INTEGER PRIMARY KEY,
    audience_id INTEGER NOT NULL,
    borne_id    INTEGER NOT NULL
);
CREATE INDEX ix_audience_folders_not_borne ON Audience_Folders (path_id) WHERE borne_id <> audience_id;
-- Whether all bear what they should: they do, if the folders that govern, and the moves of folders (Access_Version), are
-- still those that are written down here; and passages, if no document has been moved since, and none had to be left out
-- because its id would have been too large.
CREATE TABLE Audience_State (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    fingerprint TEXT NOT NULL,
    moves       INTEGER NOT NULL,
    is_too_full INTEGER NOT NULL DEFAULT 0
);
INSERT INTO Audience_State (one, fingerprint, moves) VALUES (1, '', 0);
CREATE TABLE Search_Moved_Documents (
    move_id INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id  INTEGER NOT NULL
);
INSERT INTO Daily_Looks (name, due_at, last_id) VALUES ('search audiences', '2000-01-01T00:00:00.000000', 0);

-- A new folder is in the audience of the one above. Where there is none above, all folders are looked at once more.
CREATE TRIGGER audience_folders_insert AFTER INSERT ON Virtual_Paths
WHEN EXISTS (SELECT 1 FROM Audience_Folders)
BEGIN
    INSERT INTO Audience_Folders (path_id, audience_id, borne_id)
    SELECT NEW.path_id, f.audience_id, f.audience_id FROM Virtual_Paths above
    JOIN Audience_Folders f ON f.path_id = above.path_id
    WHERE above.full_path = CASE WHEN INSTR(NEW.full_path, '/') = 0 THEN '/'
        ELSE RTRIM(RTRIM(NEW.full_path, REPLACE(NEW.full_path, '/', '')), '/') END;
    UPDATE Access_Version SET moves = moves + 1
    WHERE NOT EXISTS (SELECT 1 FROM Virtual_Paths WHERE full_path = CASE WHEN INSTR(NEW.full_path, '/') = 0 THEN '/'
        ELSE RTRIM(RTRIM(NEW.full_path, REPLACE(NEW.full_path, '/', '')), '/') END);
END;
CREATE TRIGGER audience_folders_delete AFTER DELETE ON Virtual_Paths
BEGIN
    DELETE FROM Audience_Folders WHERE path_id = OLD.path_id;
END;

-- The documents of audiences, as lists of what others share go through them: from the newest on. The status is that of
-- the OCR, '' before there is one.
CREATE TABLE Audience_Documents (
    doc_id      INTEGER PRIMARY KEY,
    audience_id INTEGER NOT NULL,
    owner_id    INTEGER NOT NULL,
    uploaded_at TEXT NOT NULL,
    status      TEXT NOT NULL
);
CREATE INDEX ix_audience_documents_uploaded_at ON Audience_Documents (audience_id, uploaded_at, doc_id, owner_id);
CREATE INDEX ix_audience_documents_status ON Audience_Documents (audience_id, status, uploaded_at, doc_id, owner_id);
-- How many of them each has, under owner 0 all.
CREATE TABLE Audience_Counts (
    audience_id INTEGER NOT NULL,
    owner_id    INTEGER NOT NULL,
    status      TEXT NOT NULL,
    documents   INTEGER NOT NULL,
    PRIMARY KEY (audience_id, owner_id, status)
) WITHOUT ROWID;
CREATE TRIGGER audience_counts_insert AFTER INSERT ON Audience_Documents
BEGIN
    INSERT INTO Audience_Counts (audience_id, owner_id, status, documents)
    VALUES (NEW.audience_id, 0, NEW.status, 1), (NEW.audience_id, NEW.owner_id, NEW.status, 1)
    ON CONFLICT (audience_id, owner_id, status) DO UPDATE SET documents = documents + 1;
END;
CREATE TRIGGER audience_counts_delete AFTER DELETE ON Audience_Documents
BEGIN
    UPDATE Audience_Counts SET documents = documents - 1
    WHERE audience_id = OLD.audience_id AND owner_id IN (0, OLD.owner_id) AND status = OLD.status;
END;
CREATE TRIGGER audience_counts_update AFTER UPDATE OF status ON Audience_Documents
WHEN NEW.status <> OLD.status
BEGIN
    UPDATE Audience_Counts SET documents = documents - 1
    WHERE audience_id = OLD.audience_id AND owner_id IN (0, OLD.owner_id) AND status = OLD.status;
    INSERT INTO Audience_Counts (audience_id, owner_id, status, documents)
    VALUES (NEW.audience_id, 0, NEW.status, 1), (NEW.audience_id, NEW.owner_id, NEW.status, 1)
    ON CONFLICT (audience_id, owner_id, status) DO UPDATE SET documents = documents + 1;
END;

CREATE TRIGGER audience_documents_insert AFTER INSERT ON Documents
BEGIN
    INSERT INTO Audience_Documents (doc_id, audience_id, owner_id, uploaded_at, status)
    SELECT NEW.doc_id, f.audience_id, NEW.uploaded_by_user_id, NEW.uploaded_at, '' FROM Audience_Folders f
    WHERE f.path_id = NEW.path_id AND f.audience_id > 0;
END;
CREATE TRIGGER audience_documents_delete AFTER DELETE ON Documents
BEGIN
    DELETE FROM Audience_Documents WHERE doc_id = OLD.doc_id;
END;
CREATE TRIGGER audience_documents_update AFTER UPDATE OF path_id, uploaded_by_user_id, uploaded_at ON Documents
WHEN NEW.path_id <> OLD.path_id OR NEW.uploaded_by_user_id <> OLD.uploaded_by_user_id OR NEW.uploaded_at <> OLD.uploaded_at
BEGIN
    DELETE FROM Audience_Documents WHERE doc_id = NEW.doc_id;
    INSERT INTO Audience_Documents (doc_id, audience_id, owner_id, uploaded_at, status)
    SELECT NEW.doc_id, f.audience_id, NEW.uploaded_by_user_id, NEW.uploaded_at, COALESCE(
        (SELECT status FROM Processing_Status WHERE doc_id = NEW.doc_id AND stage_name = 'OCR'), '')
    FROM Audience_Folders f WHERE f.path_id = NEW.path_id AND f.audience_id > 0;
END;
CREATE TRIGGER audience_documents_stage_insert AFTER INSERT ON Processing_Status
WHEN NEW.stage_name = 'OCR'
BEGIN
    UPDATE Audience_Documents SET status = NEW.status WHERE doc_id = NEW.doc_id;
END;
CREATE TRIGGER audience_documents_stage_update AFTER UPDATE OF status ON Processing_Status
WHEN NEW.stage_name = 'OCR' AND NEW.status <> OLD.status
BEGIN
    UPDATE Audience_Documents SET status = NEW.status WHERE doc_id = NEW.doc_id;
END;
CREATE TRIGGER audience_documents_stage_delete AFTER DELETE ON Processing_Status
WHEN OLD.stage_name = 'OCR'
BEGIN
    UPDATE Audience_Documents SET status = '' WHERE doc_id = OLD.doc_id;
END;
-- Unless both folders have one audience, and all of their documents bear it.
CREATE TRIGGER search_moved_documents AFTER UPDATE OF path_id ON Documents
WHEN NEW.path_id <> OLD.path_id AND (
    EXISTS (SELECT 1 FROM Audience_Folders WHERE path_id IN (OLD.path_id, NEW.path_id) AND borne_id <> audience_id)
    OR COALESCE((SELECT audience_id FROM Audience_Folders WHERE path_id = OLD.path_id), 0)
    <> COALESCE((SELECT audience_id FROM Audience_Folders WHERE path_id = NEW.path_id), 0))
BEGIN
    INSERT INTO Search_Moved_Documents (doc_id) VALUES (NEW.doc_id);
END;

-- The passages of audiences once more, in an index of their own: an id in it begins with the audience, as one of
-- Search_Index does with the owner, and goes on with the document (src/search/sqlite_tables.cpp). It keeps no words, so
-- that Search_Index has to be asked for them to take one out. Each word of a name has a sign before it: FTS5 would go on
-- through everybody's texts with that word to come to a name that has it.
CREATE TABLE Search_Audience_Pages (
    audience_passage_id INTEGER PRIMARY KEY,
    passage_id          INTEGER NOT NULL UNIQUE
);
CREATE VIRTUAL TABLE Search_Audience_Index USING fts5(name, name_stems, words, stems, content = '', tokenize = 'ascii',
                                                      columnsize = 0);
CREATE TRIGGER search_audience_pages_insert AFTER INSERT ON Search_Audience_Pages
BEGIN
    INSERT INTO Search_Audience_Index (rowid, name, name_stems, words, stems)
    SELECT NEW.audience_passage_id, CASE name WHEN '' THEN '' ELSE '§' || REPLACE(name, ' ', ' §') END,
        CASE name_stems WHEN '' THEN '' ELSE '§' || REPLACE(name_stems, ' ', ' §') END, words, stems
    FROM Search_Index WHERE rowid = NEW.passage_id;
END;
CREATE TRIGGER search_audience_pages_delete BEFORE DELETE ON Search_Audience_Pages
BEGIN
    INSERT INTO Search_Audience_Index (Search_Audience_Index, rowid, name, name_stems, words, stems)
    SELECT 'delete', OLD.audience_passage_id, CASE name WHEN '' THEN '' ELSE '§' || REPLACE(name, ' ', ' §') END,
        CASE name_stems WHEN '' THEN '' ELSE '§' || REPLACE(name_stems, ' ', ' §') END, words, stems
    FROM Search_Index WHERE rowid = OLD.passage_id;
END;
CREATE TRIGGER search_audience_pages_deleted BEFORE DELETE ON Search_Pages
BEGIN
    DELETE FROM Search_Audience_Pages WHERE passage_id = OLD.passage_id;
END;

-- For each folder below one that is moved it wrote a row for each user: their lists go by Access_Version now.
DROP TRIGGER document_counts_path_update;
