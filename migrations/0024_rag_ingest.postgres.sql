-- The platform's table of texts in its vector store, where it has one: its rows go with their document, so they are looked
-- for by it. A name that was made with quotes becomes one that needs none.
DO $$
BEGIN
    IF to_regclass('"Rag_Ingest"') IS NOT NULL AND to_regclass('rag_ingest') IS NULL THEN
        ALTER TABLE "Rag_Ingest" RENAME TO rag_ingest;
    END IF;
    IF to_regclass('rag_ingest') IS NOT NULL THEN
        CREATE INDEX IF NOT EXISTS ix_rag_ingest_doc_id ON rag_ingest (doc_id);
    END IF;
END $$;
