-- Who has read which document in which hour (of Unix time), so that the audit log tells of it once: for two hours.
CREATE TABLE Document_Reads (
    read_hour BIGINT NOT NULL,
    user_id   INT NOT NULL,
    doc_id    BIGINT NOT NULL,
    CONSTRAINT pk_document_reads PRIMARY KEY (read_hour, user_id, doc_id)
);
