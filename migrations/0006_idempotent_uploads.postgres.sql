-- The first answer to an upload with an Idempotency-Key, kept for a day.
CREATE TABLE Idempotency_Keys (
    user_id         INTEGER NOT NULL REFERENCES Users (user_id) ON DELETE CASCADE,
    idempotency_key VARCHAR(255) NOT NULL,
    fingerprint     VARCHAR(64) NOT NULL,
    answer          TEXT NOT NULL,
    created_at      TIMESTAMP(6) NOT NULL,
    PRIMARY KEY (user_id, idempotency_key)
);
CREATE INDEX ix_idempotency_keys_created_at ON Idempotency_Keys (created_at);
