-- The files of documents and where each lies (docs/decisions/0098). A document of the version before, or of the Python
-- platform, has no row until it is taken in; Documents has the columns of the current version's file besides, as before,
-- for nodes of the version before.
CREATE TABLE Document_Files (
    file_id            BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_document_files PRIMARY KEY,
    doc_id             BIGINT NOT NULL CONSTRAINT fk_document_files_doc_id REFERENCES Documents (doc_id) ON DELETE CASCADE,
    kind               VARCHAR(20) NOT NULL,
    version            INT NOT NULL,
    part               INT NOT NULL CONSTRAINT df_document_files_part DEFAULT 0,
    place              NVARCHAR(1024) COLLATE Latin1_General_BIN2 NOT NULL,
    file_size          BIGINT NULL,
    sha256             VARCHAR(64) NULL,
    content_type       VARCHAR(100) NULL,
    created_at         DATETIME NOT NULL,
    created_by_user_id INT NOT NULL,
    restored_from      INT NULL,
    superseded_user_id INT NULL
);
CREATE UNIQUE INDEX uq_document_files ON Document_Files (doc_id, kind, version, part);
CREATE INDEX ix_document_files_place ON Document_Files (place);
-- What a user's quota counts besides the current versions.
CREATE INDEX ix_document_files_superseded ON Document_Files (superseded_user_id) WHERE superseded_user_id IS NOT NULL;

-- Which steps of an upgrade have come to their end, so that nothing of the version before uses the database any more:
-- `nassaq migrate --finish` writes it. A database without users is a new one.
CREATE TABLE Finished_Upgrades (
    name        VARCHAR(50) NOT NULL CONSTRAINT pk_finished_upgrades PRIMARY KEY,
    finished_at DATETIME NOT NULL
);
INSERT INTO Finished_Upgrades (name, finished_at)
SELECT 'document files', GETUTCDATE() WHERE NOT EXISTS (SELECT 1 FROM Users);

INSERT INTO Daily_Looks (name, due_at, last_id) VALUES (N'document files', '2000-01-01T00:00:00', 0);

-- The trash: what is deleted lies here with all that hangs on it until `purge_at`, under its old id.
CREATE TABLE Trashed_Documents (
    doc_id              BIGINT NOT NULL CONSTRAINT pk_trashed_documents PRIMARY KEY,
    filename            NVARCHAR(255) NOT NULL,
    path_id             INT NOT NULL,
    full_path           NVARCHAR(500) NOT NULL,
    uploaded_by_user_id INT NOT NULL,
    mongo_doc_id        VARCHAR(36) NOT NULL,
    uploaded_at         DATETIME NOT NULL,
    updated_at          DATETIME NULL,
    file_size           BIGINT NULL,
    content_type        VARCHAR(100) NULL,
    file_type           VARCHAR(10) NULL,
    description         NVARCHAR(MAX) NULL,
    sha256              VARCHAR(64) NULL,
    file_modified_at    DATETIME NULL,
    deleted_at          DATETIME NOT NULL,
    deleted_by_user_id  INT NOT NULL,
    purge_at            DATETIME NOT NULL
);
CREATE INDEX ix_trashed_documents_user ON Trashed_Documents (uploaded_by_user_id, deleted_at, doc_id);
CREATE INDEX ix_trashed_documents_deleted_at ON Trashed_Documents (deleted_at, doc_id);
CREATE INDEX ix_trashed_documents_purge_at ON Trashed_Documents (purge_at, doc_id);

CREATE TABLE Trashed_Files (
    doc_id             BIGINT NOT NULL CONSTRAINT fk_trashed_files_doc_id REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    kind               VARCHAR(20) NOT NULL,
    version            INT NOT NULL,
    part               INT NOT NULL,
    place              NVARCHAR(1024) COLLATE Latin1_General_BIN2 NOT NULL,
    file_size          BIGINT NULL,
    sha256             VARCHAR(64) NULL,
    content_type       VARCHAR(100) NULL,
    created_at         DATETIME NOT NULL,
    created_by_user_id INT NOT NULL,
    restored_from      INT NULL,
    superseded_user_id INT NULL,
    CONSTRAINT pk_trashed_files PRIMARY KEY (doc_id, kind, version, part)
);
CREATE INDEX ix_trashed_files_place ON Trashed_Files (place);

CREATE TABLE Trashed_Status (
    doc_id        BIGINT NOT NULL CONSTRAINT fk_trashed_status_doc_id REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    status_id     BIGINT NOT NULL,
    stage_name    VARCHAR(50) NOT NULL,
    status        VARCHAR(20) NOT NULL,
    start_time    DATETIME NOT NULL,
    end_time      DATETIME NULL,
    error_message NVARCHAR(MAX) NULL,
    attempts      INT NULL,
    CONSTRAINT pk_trashed_status PRIMARY KEY (doc_id, status_id)
);

CREATE TABLE Trashed_Results (
    doc_id                    BIGINT NOT NULL CONSTRAINT fk_trashed_results_doc_id REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    result_id                 BIGINT NOT NULL,
    page_count                INT NOT NULL,
    word_count                INT NOT NULL,
    avg_confidence            FLOAT NOT NULL,
    primary_language          VARCHAR(10) NOT NULL,
    domain                    VARCHAR(50) NULL,
    category                  VARCHAR(50) NULL,
    classification_confidence FLOAT NULL,
    cost_usd_ocr              FLOAT NOT NULL,
    cost_usd_classification   FLOAT NULL,
    processed_at              DATETIME NOT NULL,
    CONSTRAINT pk_trashed_results PRIMARY KEY (doc_id, result_id)
);
-- The platform has added it late.
IF COL_LENGTH(N'Ocr_Results', N'domain') IS NULL ALTER TABLE Ocr_Results ADD domain VARCHAR(50) NULL;

CREATE TABLE Trashed_Ingests (
    doc_id        BIGINT NOT NULL CONSTRAINT fk_trashed_ingests_doc_id REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    ingest_id     BIGINT NOT NULL,
    status        VARCHAR(20) NOT NULL,
    chunks_count  INT NOT NULL,
    total_tokens  INT NOT NULL,
    ingested_at   DATETIME NOT NULL,
    error_message NVARCHAR(MAX) NULL,
    CONSTRAINT pk_trashed_ingests PRIMARY KEY (doc_id, ingest_id)
);

CREATE TABLE Trashed_Text (
    doc_id     BIGINT NOT NULL CONSTRAINT fk_trashed_text_doc_id REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    page       INT NOT NULL,
    text_id    NVARCHAR(36) NOT NULL,
    method     NVARCHAR(20) NOT NULL,
    confidence FLOAT NULL,
    language   NVARCHAR(10) NULL,
    content    NVARCHAR(MAX) NOT NULL,
    revision   NVARCHAR(36) NULL,
    parts      INT NULL,
    CONSTRAINT pk_trashed_text PRIMARY KEY (doc_id, page)
);

CREATE TABLE Trashed_Text_Parts (
    doc_id  BIGINT NOT NULL CONSTRAINT fk_trashed_text_parts_doc_id REFERENCES Trashed_Documents (doc_id) ON DELETE CASCADE,
    page    INT NOT NULL,
    part    INT NOT NULL,
    content NVARCHAR(MAX) NOT NULL,
    CONSTRAINT pk_trashed_text_parts PRIMARY KEY (doc_id, page, part)
);

-- Whoever it is: a file that a row means is not to be removed. A program of the version before, started once more on this
-- database, would take all that is in the trash, and all versions but the current ones, for blobs without a document.
EXEC(N'
CREATE TRIGGER outbox_spares_files ON Outbox AFTER INSERT AS
BEGIN
    SET NOCOUNT ON
    IF EXISTS (SELECT 1 FROM inserted WHERE queue_name = N''blob.delete'') AND EXISTS (
        SELECT 1 FROM inserted note JOIN Document_Files f
        ON f.place = JSON_VALUE(note.body, N''$.blob_name'') COLLATE Latin1_General_BIN2
        WHERE note.queue_name = N''blob.delete''
        UNION ALL
        SELECT 1 FROM inserted note JOIN Trashed_Files f
        ON f.place = JSON_VALUE(note.body, N''$.blob_name'') COLLATE Latin1_General_BIN2
        WHERE note.queue_name = N''blob.delete'')
        THROW 50038, N''a file that a document or the trash has must not be removed'', 1
END');
