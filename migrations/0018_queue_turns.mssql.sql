-- Users take turns in the queue (docs/decisions/0070). 0: a message that is nobody's, such as one of a server of the
-- version before, and takes no turn.
ALTER TABLE Outbox ADD user_id INT NOT NULL CONSTRAINT df_outbox_user_id DEFAULT 0;
CREATE INDEX ix_outbox_user_id ON Outbox (user_id, available_at, outbox_id);

-- The message with which a user had the last turn: one that waits in the queue as long as its document is Queued.
CREATE TABLE Queue_Turns (
    user_id    INT NOT NULL CONSTRAINT pk_queue_turns PRIMARY KEY,
    queue_name NVARCHAR(255) NOT NULL,
    doc_id     BIGINT NOT NULL,
    outbox_id  BIGINT NOT NULL,
    taken_at   DATETIME NOT NULL
);

-- Notes of blobs and texts that are to be removed are looked for by what they say, which is too long for an index.
ALTER TABLE Outbox ADD body_digest AS CAST(HASHBYTES(N'SHA2_256', body) AS BINARY(32)) PERSISTED;
CREATE INDEX ix_outbox_notes ON Outbox (queue_name, body_digest);
