-- The platform's table of texts in its vector store, where it has one: its rows go with their document, so they are looked
-- for by it.
IF OBJECT_ID(N'Rag_Ingest') IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'ix_rag_ingest_doc_id')
    CREATE INDEX ix_rag_ingest_doc_id ON Rag_Ingest (doc_id);
