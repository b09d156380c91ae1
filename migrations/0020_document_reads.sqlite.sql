-- Who has read which document in which hour (of Unix time), so that the audit log tells of it once: for two hours.
CREATE TABLE Document_Reads (
    read_hour INTEGER NOT NULL,
    user_id   INTEGER NOT NULL,
    doc_id    INTEGER NOT NULL,
    PRIMARY KEY (read_hour, user_id, doc_id)
) WITHOUT ROWID;
