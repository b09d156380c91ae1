-- Users take turns in the queue (docs/decisions/0070). 0: a message that is nobody's, such as one of a server of the
-- version before, and takes no turn.
ALTER TABLE Outbox ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_outbox_user_id ON Outbox (user_id, available_at, outbox_id);

-- The message with which a user had the last turn: one that waits in the queue as long as its document is Queued.
CREATE TABLE Queue_Turns (
    user_id    INTEGER PRIMARY KEY,
    queue_name VARCHAR(255) NOT NULL,
    doc_id     BIGINT NOT NULL,
    outbox_id  BIGINT NOT NULL,
    taken_at   TIMESTAMP(6) NOT NULL
);

-- Notes of blobs and texts that are to be removed are looked for by what they say, which may be too long for an index.
-- They alone are no document's.
CREATE INDEX ix_outbox_notes ON Outbox (queue_name, md5(body)) WHERE doc_id IS NULL;
