-- The files of documents and where each lies (docs/decisions/0098). A document of the version before, or of the Python
-- platform, has no row until it is taken in; Documents has the columns of the current version's file besides, as before,
-- for nodes of the version before.
CREATE TABLE Document_Files (
    file_id            INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id             INTEGER NOT NULL REFERENCES Documents (doc_id) ON DELETE CASCADE,
    kind               TEXT NOT NULL,
    version            INTEGER NOT NULL,
    part               INTEGER NOT NULL DEFAULT 0,
    place              TEXT NOT NULL,
    file_size          INTEGER,
    sha256             TEXT,
    content_type       TEXT,
    created_at         TEXT NOT NULL,
    created_by_user_id INTEGER NOT NULL,
    restored_from      INTEGER,
    superseded_user_id INTEGER
);
CREATE UNIQUE INDEX uq_document_files ON Document_Files (doc_id, kind, version, part);
CREATE INDEX ix_document_files_place ON Document_Files (place);
-- What a user's quota counts besides the current versions.
CREATE INDEX ix_document_files_superseded ON Document_Files (superseded_user_id) WHERE superseded_user_id IS NOT NULL;

-- Which steps of an upgrade have come to their end, so that nothing of the version before uses the database any more. Here
-- nothing can: one process serves it.
CREATE TABLE Finished_Upgrades (
    name        TEXT NOT NULL PRIMARY KEY,
    finished_at TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO Finished_Upgrades (name, finished_at) VALUES ('document files', strftime('%Y-%m-%dT%H:%M:%f000', 'now'));

INSERT INTO Daily_Looks (name, due_at, last_id) VALUES ('document files', '2000-01-01T00:00:00.000000', 0);

-- The trash: what is deleted lies here with all that hangs on it until `purge_at`, under its old id.
CREATE TABLE Trashed_Documents (
    doc_id              INTEGER PRIMARY KEY,
    filename            TEXT NOT NULL,
    path_id             INTEGER NOT NULL,
    full_path           TEXT NOT NULL,
    uploaded_by_user_id INTEGER NOT NULL,
    mongo_doc_id        TEXT NOT NULL,
    uploaded_at         TEXT NOT NULL,
    updated_at          TEXT,
    file_size           INTEGER,
    content_type        TEXT,
    file_type           TEXT,
    description         TEXT,
    sha256              TEXT,
    file_modified_at    TEXT,
    deleted_at          TEXT NOT NULL,
    deleted_by_user_id  INTEGER NOT NULL,
    purge_at            TEXT NOT NULL
);
CREATE INDEX ix_trashed_documents_user ON Trashed_Documents (uploaded_by_user_id, deleted_at, doc_id);
CREATE INDEX ix_trashed_documents_deleted_at ON Trashed_Documents (deleted_at, doc_id);
CREATE INDEX ix_trashed_documents_purge_at ON Trashed_Documents (purge_at, doc_id);

CREATE TABLE Trashed_Files (
    doc_id             INTEGER NOT NULL REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    kind               TEXT NOT NULL,
    version            INTEGER NOT NULL,
    part               INTEGER NOT NULL,
    place              TEXT NOT NULL,
    file_size          INTEGER,
    sha256             TEXT,
    content_type       TEXT,
    created_at         TEXT NOT NULL,
    created_by_user_id INTEGER NOT NULL,
    restored_from      INTEGER,
    superseded_user_id INTEGER,
    PRIMARY KEY (doc_id, kind, version, part)
) WITHOUT ROWID;
CREATE INDEX ix_trashed_files_place ON Trashed_Files (place);

CREATE TABLE Trashed_Status (
    doc_id        INTEGER NOT NULL REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    status_id     INTEGER NOT NULL,
    stage_name    TEXT NOT NULL,
    status        TEXT NOT NULL,
    start_time    TEXT NOT NULL,
    end_time      TEXT,
    error_message TEXT,
    attempts      INTEGER,
    PRIMARY KEY (doc_id, status_id)
) WITHOUT ROWID;

CREATE TABLE Trashed_Results (
    doc_id                    INTEGER NOT NULL REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    result_id                 INTEGER NOT NULL,
    page_count                INTEGER NOT NULL,
    word_count                INTEGER NOT NULL,
    avg_confidence            REAL NOT NULL,
    primary_language          TEXT NOT NULL,
    domain                    TEXT,
    category                  TEXT,
    classification_confidence REAL,
    cost_usd_ocr              REAL NOT NULL,
    cost_usd_classification   REAL,
    processed_at              TEXT NOT NULL,
    PRIMARY KEY (doc_id, result_id)
) WITHOUT ROWID;
-- The platform has added it late.
ALTER TABLE Ocr_Results ADD COLUMN domain TEXT;

CREATE TABLE Trashed_Ingests (
    doc_id        INTEGER NOT NULL REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    ingest_id     INTEGER NOT NULL,
    status        TEXT NOT NULL,
    chunks_count  INTEGER NOT NULL,
    total_tokens  INTEGER NOT NULL,
    ingested_at   TEXT NOT NULL,
    error_message TEXT,
    PRIMARY KEY (doc_id, ingest_id)
) WITHOUT ROWID;

CREATE TABLE Trashed_Text (
    doc_id     INTEGER NOT NULL REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    page       INTEGER NOT NULL,
    text_id    TEXT NOT NULL,
    method     TEXT NOT NULL,
    confidence REAL,
    language   TEXT,
    content    TEXT NOT NULL,
    revision   TEXT,
    parts      INTEGER,
    PRIMARY KEY (doc_id, page)
) WITHOUT ROWID;

CREATE TABLE Trashed_Text_Parts (
    doc_id  INTEGER NOT NULL REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    page    INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (doc_id, page, part)
) WITHOUT ROWID;

-- A long text of a document in the trash has no document, but is not to be cleared away: it is named by the row of page 0.
ALTER TABLE Long_Texts ADD COLUMN is_trashed INTEGER NOT NULL DEFAULT 0;

-- Whoever it is: a file that a row means is not to be removed. A program of the version before, started once more on this
-- database, would take all that is in the trash, and all versions but the current ones, for blobs without a document.
CREATE TRIGGER outbox_spares_files BEFORE INSERT ON Outbox WHEN NEW.queue_name = 'blob.delete'
BEGIN
    SELECT RAISE(ABORT, 'a file that a document or the trash has must not be removed')
    WHERE EXISTS (SELECT 1 FROM Document_Files WHERE place = json_extract(NEW.body, '$.blob_name'))
    OR EXISTS (SELECT 1 FROM Trashed_Files WHERE place = json_extract(NEW.body, '$.blob_name'));
END;
