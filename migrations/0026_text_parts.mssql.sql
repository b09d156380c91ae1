-- A page longer than 64 KiB has the rest of its text in rows of Document_Text_Parts, so that it can be read bit by bit for
-- a client that takes its time. `parts` says how many; `revision` is another with each text that is put. Both are NULL for
-- texts that were put before, which lie whole in `content`.
ALTER TABLE Document_Text ADD revision NVARCHAR(36) NULL;
ALTER TABLE Document_Text ADD parts INT NULL;

CREATE TABLE Document_Text_Parts (
    doc_id  BIGINT NOT NULL,
    page    INT NOT NULL,
    part    INT NOT NULL,
    content NVARCHAR(MAX) NOT NULL,
    CONSTRAINT pk_document_text_parts PRIMARY KEY (doc_id, page, part),
    CONSTRAINT fk_document_text_parts_page FOREIGN KEY (doc_id, page)
        REFERENCES Document_Text (doc_id, page) ON DELETE CASCADE
);
