-- The platform's schema (docs/architecture.md, "Data"), and our own tables below it. Times are UTC text with six digits
-- of fraction, so that their order is the order of time. AUTOINCREMENT: an id, once given, never names another row.

CREATE TABLE Roles (
    role_id     INTEGER PRIMARY KEY,
    role_name   TEXT NOT NULL,
    description TEXT
);
CREATE UNIQUE INDEX uq_roles_role_name ON Roles (role_name);

CREATE TABLE Actions (
    action_id   INTEGER PRIMARY KEY,
    action_name TEXT NOT NULL,
    entity_type TEXT NOT NULL
);
CREATE UNIQUE INDEX uq_actions_action_name ON Actions (action_name);

CREATE TABLE Role_Actions (
    role_action_id INTEGER PRIMARY KEY AUTOINCREMENT,
    role_id        INTEGER NOT NULL REFERENCES Roles (role_id),
    action_id      INTEGER NOT NULL REFERENCES Actions (action_id)
);
CREATE UNIQUE INDEX uq_role_actions ON Role_Actions (role_id, action_id);

CREATE TABLE Users (
    user_id       INTEGER PRIMARY KEY AUTOINCREMENT,
    username      TEXT NOT NULL,
    full_name     TEXT NOT NULL,
    email         TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    is_active     INTEGER NOT NULL DEFAULT 0,
    role_id       INTEGER REFERENCES Roles (role_id)
);
CREATE UNIQUE INDEX uq_users_username ON Users (lower(username));
CREATE UNIQUE INDEX uq_users_email ON Users (lower(email));
CREATE INDEX ix_users_created_at ON Users (created_at, user_id);
CREATE INDEX ix_users_is_active ON Users (is_active, created_at, user_id);
CREATE INDEX ix_users_role_id ON Users (role_id, is_active);

CREATE TABLE Virtual_Paths (
    path_id     INTEGER PRIMARY KEY AUTOINCREMENT,
    full_path   TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    description TEXT,
    depth       INTEGER NOT NULL
);
CREATE UNIQUE INDEX uq_virtual_paths_full_path ON Virtual_Paths (full_path);

CREATE TABLE Documents (
    doc_id              INTEGER PRIMARY KEY AUTOINCREMENT,
    filename            TEXT NOT NULL,
    path_id             INTEGER NOT NULL REFERENCES Virtual_Paths (path_id),
    uploaded_by_user_id INTEGER NOT NULL REFERENCES Users (user_id),
    mongo_doc_id        TEXT NOT NULL DEFAULT 'pending',
    uploaded_at         TEXT NOT NULL,
    updated_at          TEXT,
    file_size           INTEGER,
    content_type        TEXT,
    file_type           TEXT,
    description         TEXT,
    sha256              TEXT,
    blob_name           TEXT
);
CREATE UNIQUE INDEX uq_documents_filename_path_id ON Documents (filename, path_id);
CREATE UNIQUE INDEX uq_documents_blob_name ON Documents (blob_name);
CREATE INDEX ix_documents_path_id ON Documents (path_id);
CREATE INDEX ix_documents_uploaded_at ON Documents (uploaded_at, doc_id);
CREATE INDEX ix_documents_user ON Documents (uploaded_by_user_id, uploaded_at, doc_id);

CREATE TABLE Processing_Status (
    status_id     INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id        INTEGER NOT NULL REFERENCES Documents (doc_id),
    stage_name    TEXT NOT NULL,
    status        TEXT NOT NULL,
    start_time    TEXT NOT NULL,
    end_time      TEXT,
    error_message TEXT,
    attempts      INTEGER,
    claimed_by    TEXT,
    claimed_until TEXT
);
CREATE UNIQUE INDEX uq_processing_status_doc_id_stage ON Processing_Status (doc_id, stage_name);
CREATE INDEX ix_processing_status_claimed_until ON Processing_Status (claimed_until) WHERE claimed_until IS NOT NULL;
CREATE INDEX ix_processing_status_status ON Processing_Status (stage_name, status, doc_id);

CREATE TABLE Ocr_Results (
    result_id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id                    INTEGER NOT NULL REFERENCES Documents (doc_id),
    page_count                INTEGER NOT NULL,
    word_count                INTEGER NOT NULL,
    avg_confidence            REAL NOT NULL,
    primary_language          TEXT NOT NULL,
    category                  TEXT,
    classification_confidence REAL,
    cost_usd_ocr              REAL NOT NULL,
    cost_usd_classification   REAL,
    processed_at              TEXT NOT NULL
);
CREATE UNIQUE INDEX uq_ocr_results_doc_id ON Ocr_Results (doc_id);

CREATE TABLE Individual_Permissions (
    permission_id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER NOT NULL REFERENCES Users (user_id),
    action_id     INTEGER NOT NULL REFERENCES Actions (action_id),
    entity_id     INTEGER NOT NULL,
    entity_type   TEXT NOT NULL,
    is_allowed    INTEGER NOT NULL,
    is_inherited  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ix_individual_permissions_user_id ON Individual_Permissions (user_id);

CREATE TABLE Logs (
    log_id        INTEGER PRIMARY KEY AUTOINCREMENT,
    log_timestamp TEXT NOT NULL,
    action_type   TEXT NOT NULL,
    user_id       INTEGER REFERENCES Users (user_id),
    entity_id     INTEGER,
    details       TEXT
);
CREATE INDEX ix_logs_log_timestamp ON Logs (log_timestamp, log_id);
CREATE INDEX ix_logs_user_id ON Logs (user_id, log_timestamp, log_id);

-- Messages that are to go to the broker, written in the transaction of the change that they tell of.
CREATE TABLE Outbox (
    outbox_id     INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_name    TEXT NOT NULL,
    doc_id        INTEGER,
    body          TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    available_at  TEXT NOT NULL,
    claimed_until TEXT
);
CREATE INDEX ix_outbox_available_at ON Outbox (available_at, outbox_id);
CREATE INDEX ix_outbox_queue_name ON Outbox (queue_name, available_at, outbox_id);
CREATE INDEX ix_outbox_doc_id ON Outbox (doc_id, outbox_id);

-- The embedded queue.
CREATE TABLE Job_Queue (
    job_id        INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_name    TEXT NOT NULL,
    message_id    TEXT NOT NULL,
    body          TEXT NOT NULL,
    enqueued_at   TEXT NOT NULL,
    claimed_until TEXT,
    deliveries    INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX uq_job_queue_message_id ON Job_Queue (queue_name, message_id);
CREATE INDEX ix_job_queue_claim ON Job_Queue (queue_name, claimed_until, job_id);

-- Refresh tokens: one row a log-in, named by the token's jti.
CREATE TABLE Sessions (
    jti          TEXT PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES Users (user_id) ON DELETE CASCADE,
    created_at   TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    address      TEXT,
    user_agent   TEXT
);
CREATE INDEX ix_sessions_user_id ON Sessions (user_id);
CREATE INDEX ix_sessions_expires_at ON Sessions (expires_at);

-- The texts of documents, a row a page, when no document database is configured.
CREATE TABLE Document_Text (
    doc_id     INTEGER NOT NULL REFERENCES Documents (doc_id) ON DELETE CASCADE,
    page       INTEGER NOT NULL,
    text_id    TEXT NOT NULL,
    method     TEXT NOT NULL,
    confidence REAL,
    language   TEXT,
    content    TEXT NOT NULL,
    PRIMARY KEY (doc_id, page)
) WITHOUT ROWID;

INSERT INTO Roles (role_id, role_name, description) VALUES
    (1, 'User', 'Uploads documents and reads their own'),
    (99, 'Admin', 'Manages users, virtual paths and all documents');

INSERT INTO Virtual_Paths (full_path, created_at, description, depth)
VALUES ('/', strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000', 'Root directory', 0);
