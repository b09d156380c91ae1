-- The search index. A row of Search_Pages is a page, or a part of a very long one; its text is in Document_Text, or in
-- `content` where that has it not. `words` are its words, folded by us, for phrases; Search_Words has each of them once,
-- and whose they are (src/search/mssql_tables.cpp).
CREATE TABLE Search_Pages (
    passage_id BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_search_pages PRIMARY KEY,
    user_id    INT NOT NULL,
    doc_id     BIGINT NOT NULL CONSTRAINT fk_search_pages_doc_id REFERENCES Documents (doc_id) ON DELETE CASCADE,
    page       INT NOT NULL,
    part       INT NOT NULL,
    has_text   INT NOT NULL,
    language   NVARCHAR(10) NULL,
    content    NVARCHAR(MAX) NULL,
    name_words NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    words      NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT uq_search_pages UNIQUE (doc_id, page, part)
);

CREATE TABLE Search_Words (
    term       NVARCHAR(70) COLLATE Latin1_General_BIN2 NOT NULL,
    user_id    INT NOT NULL,
    passage_id BIGINT NOT NULL
        CONSTRAINT fk_search_words_passage_id REFERENCES Search_Pages (passage_id) ON DELETE CASCADE,
    CONSTRAINT pk_search_words PRIMARY KEY (term, user_id, passage_id)
);
CREATE INDEX ix_search_words_passage_id ON Search_Words (passage_id, user_id, term);

-- The words of each user's documents, to find those that are like a mistyped one.
CREATE TABLE Search_Trigrams (
    trigram NVARCHAR(6) COLLATE Latin1_General_BIN2 NOT NULL,
    user_id INT NOT NULL,
    word    NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT pk_search_trigrams PRIMARY KEY (trigram, user_id, word)
);
