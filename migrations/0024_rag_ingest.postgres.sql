-- The platform's table of texts in its vector store, where it has one: a name that was made with quotes becomes one that
-- needs none.
DO $$
BEGIN
    IF to_regclass('"Rag_Ingest"') IS NOT NULL AND to_regclass('rag_ingest') IS NULL THEN
        ALTER TABLE "Rag_Ingest" RENAME TO rag_ingest;
    END IF;
END $$;
