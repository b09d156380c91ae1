-- Documents whose index is written in several transactions. While `is_whole` is 0 pieces of it may be missing, and whoever
-- writes it counts `pieces` up under its own `ticket`. When it is 1, not all of its words are in Search_Vocabulary, so that
-- `begin*` has to be looked for in the index itself.
CREATE TABLE Search_Large (
    doc_id   BIGINT NOT NULL
        CONSTRAINT pk_search_large PRIMARY KEY
        CONSTRAINT fk_search_large_doc_id REFERENCES Documents (doc_id) ON DELETE CASCADE,
    user_id  INT NOT NULL,
    ticket   VARCHAR(36) NOT NULL,
    pieces   INT NOT NULL,
    is_whole INT NOT NULL
);
CREATE INDEX ix_search_large_user_id ON Search_Large (user_id);

-- Words that have gone with a page or a name. What no other document of the user has is forgotten later.
CREATE TABLE Search_Leftovers (
    leftover_id BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_search_leftovers PRIMARY KEY,
    user_id     INT NOT NULL,
    words       NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);
