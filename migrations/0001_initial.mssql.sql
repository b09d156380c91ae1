-- The platform's schema and our tables, as the migrations 1 to 5 of SQLite make them. A database that the platform has
-- made keeps its tables, its constraints and its rows; it gets what is missing; the indexes
-- of its large tables come with migration 31.
--
-- A statement ends with a semicolon at the end of a line, and is sent by itself. Usernames and e-mail addresses are
-- compared without case; paths and files, in tables that are made here, exactly, as on the other databases.

IF OBJECT_ID(N'Roles') IS NULL CREATE TABLE Roles (
    role_id     INT NOT NULL CONSTRAINT pk_roles PRIMARY KEY,
    role_name   NVARCHAR(50) NOT NULL CONSTRAINT uq_roles_role_name UNIQUE,
    description NVARCHAR(255) NULL
);

IF OBJECT_ID(N'Actions') IS NULL CREATE TABLE Actions (
    action_id   INT NOT NULL CONSTRAINT pk_actions PRIMARY KEY,
    action_name VARCHAR(50) NOT NULL CONSTRAINT uq_actions_action_name UNIQUE,
    entity_type VARCHAR(20) NOT NULL
);

IF OBJECT_ID(N'Role_Actions') IS NULL CREATE TABLE Role_Actions (
    role_action_id BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_role_actions PRIMARY KEY,
    role_id        INT NOT NULL CONSTRAINT fk_role_actions_role_id REFERENCES Roles (role_id),
    action_id      INT NOT NULL CONSTRAINT fk_role_actions_action_id REFERENCES Actions (action_id),
    CONSTRAINT uq_role_actions UNIQUE (role_id, action_id)
);

IF OBJECT_ID(N'Users') IS NULL CREATE TABLE Users (
    user_id       INT IDENTITY(1,1) NOT NULL CONSTRAINT pk_users PRIMARY KEY,
    username      NVARCHAR(50) COLLATE Latin1_General_CI_AS NOT NULL CONSTRAINT uq_users_username UNIQUE,
    full_name     NVARCHAR(100) NOT NULL,
    email         NVARCHAR(100) COLLATE Latin1_General_CI_AS NOT NULL CONSTRAINT uq_users_email UNIQUE,
    password_hash VARCHAR(255) NOT NULL,
    created_at    DATETIME NOT NULL,
    is_active     BIT NOT NULL CONSTRAINT df_users_is_active DEFAULT 0,
    role_id       INT NULL CONSTRAINT fk_users_role_id REFERENCES Roles (role_id)
);
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'ix_users_created_at')
    CREATE INDEX ix_users_created_at ON Users (created_at, user_id);
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'ix_users_is_active')
    CREATE INDEX ix_users_is_active ON Users (is_active, created_at, user_id);
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'ix_users_role_id')
    CREATE INDEX ix_users_role_id ON Users (role_id, is_active);

IF OBJECT_ID(N'Virtual_Paths') IS NULL CREATE TABLE Virtual_Paths (
    path_id     INT IDENTITY(1,1) NOT NULL CONSTRAINT pk_virtual_paths PRIMARY KEY,
    full_path   NVARCHAR(500) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT uq_virtual_paths_full_path UNIQUE,
    created_at  DATETIME NOT NULL,
    description NVARCHAR(MAX) NULL,
    depth       INT NULL
);

IF OBJECT_ID(N'Documents') IS NULL CREATE TABLE Documents (
    doc_id              BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_documents PRIMARY KEY,
    filename            NVARCHAR(255) COLLATE Latin1_General_BIN2 NOT NULL,
    path_id             INT NOT NULL CONSTRAINT fk_documents_path_id REFERENCES Virtual_Paths (path_id),
    uploaded_by_user_id INT NOT NULL CONSTRAINT fk_documents_user_id REFERENCES Users (user_id),
    mongo_doc_id        VARCHAR(36) NOT NULL CONSTRAINT df_documents_mongo_doc_id DEFAULT 'pending',
    uploaded_at         DATETIME NOT NULL,
    updated_at          DATETIME NULL,
    file_size           BIGINT NULL,
    content_type        VARCHAR(100) NULL,
    file_type           VARCHAR(10) NULL,
    CONSTRAINT uq_documents_filename_path_id UNIQUE (filename, path_id)
);
-- The platform has added these four late.
IF COL_LENGTH(N'Documents', N'updated_at') IS NULL ALTER TABLE Documents ADD updated_at DATETIME NULL;
IF COL_LENGTH(N'Documents', N'file_size') IS NULL ALTER TABLE Documents ADD file_size BIGINT NULL;
IF COL_LENGTH(N'Documents', N'content_type') IS NULL ALTER TABLE Documents ADD content_type VARCHAR(100) NULL;
IF COL_LENGTH(N'Documents', N'file_type') IS NULL ALTER TABLE Documents ADD file_type VARCHAR(10) NULL;
IF COL_LENGTH(N'Documents', N'description') IS NULL ALTER TABLE Documents ADD description NVARCHAR(MAX) NULL;
IF COL_LENGTH(N'Documents', N'sha256') IS NULL ALTER TABLE Documents ADD sha256 VARCHAR(64) NULL;
IF COL_LENGTH(N'Documents', N'blob_name') IS NULL
    ALTER TABLE Documents ADD blob_name NVARCHAR(1024) COLLATE Latin1_General_BIN2 NULL;

IF OBJECT_ID(N'Processing_Status') IS NULL CREATE TABLE Processing_Status (
    status_id     BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_processing_status PRIMARY KEY,
    doc_id        BIGINT NOT NULL CONSTRAINT fk_processing_status_doc_id REFERENCES Documents (doc_id),
    stage_name    VARCHAR(50) NOT NULL,
    status        VARCHAR(20) NOT NULL,
    start_time    DATETIME NOT NULL,
    end_time      DATETIME NULL,
    error_message NVARCHAR(MAX) NULL
);
IF COL_LENGTH(N'Processing_Status', N'attempts') IS NULL ALTER TABLE Processing_Status ADD attempts INT NULL;
IF COL_LENGTH(N'Processing_Status', N'claimed_by') IS NULL
    ALTER TABLE Processing_Status ADD claimed_by NVARCHAR(100) NULL;
IF COL_LENGTH(N'Processing_Status', N'claimed_until') IS NULL
    ALTER TABLE Processing_Status ADD claimed_until DATETIME NULL;

IF OBJECT_ID(N'Ocr_Results') IS NULL CREATE TABLE Ocr_Results (
    result_id                 BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_ocr_results PRIMARY KEY,
    doc_id                    BIGINT NOT NULL CONSTRAINT fk_ocr_results_doc_id REFERENCES Documents (doc_id),
    page_count                INT NOT NULL,
    word_count                INT NOT NULL,
    avg_confidence            FLOAT NOT NULL,
    primary_language          VARCHAR(10) NOT NULL,
    category                  VARCHAR(50) NULL,
    classification_confidence FLOAT NULL,
    cost_usd_ocr              FLOAT NOT NULL,
    cost_usd_classification   FLOAT NULL,
    processed_at              DATETIME NOT NULL
);

IF OBJECT_ID(N'Individual_Permissions') IS NULL CREATE TABLE Individual_Permissions (
    permission_id BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_individual_permissions PRIMARY KEY,
    user_id       INT NOT NULL CONSTRAINT fk_individual_permissions_user_id REFERENCES Users (user_id),
    action_id     INT NOT NULL CONSTRAINT fk_individual_permissions_action_id REFERENCES Actions (action_id),
    entity_id     BIGINT NOT NULL,
    entity_type   VARCHAR(20) NOT NULL,
    is_allowed    BIT NOT NULL,
    is_inherited  BIT NOT NULL CONSTRAINT df_individual_permissions_is_inherited DEFAULT 0
);
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'ix_individual_permissions_user_id')
    CREATE INDEX ix_individual_permissions_user_id ON Individual_Permissions (user_id);

IF OBJECT_ID(N'Logs') IS NULL CREATE TABLE Logs (
    log_id        BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_logs PRIMARY KEY,
    log_timestamp DATETIME NOT NULL,
    action_type   VARCHAR(50) NOT NULL,
    user_id       INT NULL CONSTRAINT fk_logs_user_id REFERENCES Users (user_id),
    entity_id     BIGINT NULL,
    details       NVARCHAR(MAX) NULL
);

-- Messages that are to go to the broker, written in the transaction of the change that they tell of.
CREATE TABLE Outbox (
    outbox_id     BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_outbox PRIMARY KEY,
    queue_name    NVARCHAR(255) NOT NULL,
    doc_id        BIGINT NULL,
    body          NVARCHAR(MAX) NOT NULL,
    created_at    DATETIME NOT NULL,
    available_at  DATETIME NOT NULL,
    claimed_until DATETIME NULL
);
CREATE INDEX ix_outbox_available_at ON Outbox (available_at, outbox_id);
CREATE INDEX ix_outbox_queue_name ON Outbox (queue_name, available_at, outbox_id);
CREATE INDEX ix_outbox_doc_id ON Outbox (doc_id, outbox_id);

-- The embedded queue.
CREATE TABLE Job_Queue (
    job_id        BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_job_queue PRIMARY KEY,
    queue_name    NVARCHAR(255) NOT NULL,
    message_id    NVARCHAR(100) NOT NULL,
    body          NVARCHAR(MAX) NOT NULL,
    enqueued_at   DATETIME NOT NULL,
    claimed_until DATETIME NULL,
    deliveries    INT NOT NULL CONSTRAINT df_job_queue_deliveries DEFAULT 0
);
CREATE UNIQUE INDEX uq_job_queue_message_id ON Job_Queue (queue_name, message_id);
CREATE INDEX ix_job_queue_claim ON Job_Queue (queue_name, claimed_until, job_id);

-- Refresh tokens: one row a log-in, named by the token's jti.
CREATE TABLE Sessions (
    jti          NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT pk_sessions PRIMARY KEY,
    user_id      INT NOT NULL CONSTRAINT fk_sessions_user_id REFERENCES Users (user_id) ON DELETE CASCADE,
    created_at   DATETIME NOT NULL,
    last_used_at DATETIME NOT NULL,
    expires_at   DATETIME NOT NULL,
    address      NVARCHAR(64) NULL,
    user_agent   NVARCHAR(510) NULL,
    token_jti    NVARCHAR(64) COLLATE Latin1_General_BIN2 NULL
);
CREATE INDEX ix_sessions_user_id ON Sessions (user_id);
CREATE INDEX ix_sessions_expires_at ON Sessions (expires_at);

-- The texts of documents, a row a page, when no document database is configured.
CREATE TABLE Document_Text (
    doc_id     BIGINT NOT NULL CONSTRAINT fk_document_text_doc_id REFERENCES Documents (doc_id) ON DELETE CASCADE,
    page       INT NOT NULL,
    text_id    NVARCHAR(36) NOT NULL,
    method     NVARCHAR(20) NOT NULL,
    confidence FLOAT NULL,
    language   NVARCHAR(10) NULL,
    content    NVARCHAR(MAX) NOT NULL,
    CONSTRAINT pk_document_text PRIMARY KEY (doc_id, page)
);

-- Changes of the status of documents, in order, for GET /docs/events. Kept for a day; no foreign keys, so that deleting
-- a document or a user need not touch them.
CREATE TABLE Document_Events (
    event_id      BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_document_events PRIMARY KEY,
    doc_id        BIGINT NOT NULL,
    user_id       BIGINT NOT NULL,
    stage_name    VARCHAR(50) NOT NULL,
    status        VARCHAR(20) NOT NULL,
    error_message NVARCHAR(MAX) NULL,
    created_at    DATETIME NOT NULL
);
CREATE INDEX ix_document_events_user_id ON Document_Events (user_id, event_id);
CREATE INDEX ix_document_events_created_at ON Document_Events (created_at, event_id);

IF NOT EXISTS (SELECT 1 FROM Roles WHERE role_id = 1)
    INSERT INTO Roles (role_id, role_name, description) VALUES (1, N'User', N'Uploads documents and reads their own');

IF NOT EXISTS (SELECT 1 FROM Roles WHERE role_id = 99)
    INSERT INTO Roles (role_id, role_name, description)
    VALUES (99, N'Admin', N'Manages users, virtual paths and all documents');

IF NOT EXISTS (SELECT 1 FROM Virtual_Paths WHERE full_path = N'/')
    INSERT INTO Virtual_Paths (full_path, created_at, description, depth)
    VALUES (N'/', GETUTCDATE(), N'Root directory', 0);
