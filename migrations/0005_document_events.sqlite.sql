-- Changes of the status of documents, in order, for GET /docs/events. Kept for a day; no foreign keys, so that deleting a
-- document or a user need not touch them.
CREATE TABLE Document_Events (
    event_id      INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id        INTEGER NOT NULL,
    user_id       INTEGER NOT NULL,
    stage_name    TEXT NOT NULL,
    status        TEXT NOT NULL,
    error_message TEXT,
    created_at    TEXT NOT NULL
);
CREATE INDEX ix_document_events_user_id ON Document_Events (user_id, event_id);
CREATE INDEX ix_document_events_created_at ON Document_Events (created_at, event_id);
