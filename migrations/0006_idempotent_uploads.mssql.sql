-- The first answer to an upload with an Idempotency-Key, kept for a day.
CREATE TABLE Idempotency_Keys (
    user_id         INT NOT NULL CONSTRAINT fk_idempotency_keys_user_id REFERENCES Users (user_id) ON DELETE CASCADE,
    idempotency_key NVARCHAR(255) COLLATE Latin1_General_BIN2 NOT NULL,
    fingerprint     NVARCHAR(64) NOT NULL,
    answer          NVARCHAR(MAX) NOT NULL,
    created_at      DATETIME NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, idempotency_key)
);
CREATE INDEX ix_idempotency_keys_created_at ON Idempotency_Keys (created_at);
