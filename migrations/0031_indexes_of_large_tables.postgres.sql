-- Outside of a transaction, so that others go on writing: the indexes of tables that may have millions of rows when they
-- become ours. Databases that were made by a version before have them.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_documents_blob_name ON Documents (blob_name);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_documents_path_id ON Documents (path_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_documents_uploaded_at ON Documents (uploaded_at, doc_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_documents_user ON Documents (uploaded_by_user_id, uploaded_at, doc_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_documents_sha256 ON Documents (uploaded_by_user_id, sha256, doc_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_documents_unnamed_blob ON Documents (path_id, doc_id) WHERE blob_name IS NULL;

-- For GET /docs/stats, an administrator's too: all that is counted is in the indexes. Kept numbers would make all who
-- upload wait for one row.
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_documents_statistics ON Documents (uploaded_by_user_id, file_type, file_size);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_documents_types ON Documents (file_type, file_size);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_ocr_results_languages ON Ocr_Results (primary_language, page_count, word_count);

CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_processing_status_claimed_until ON Processing_Status (claimed_until)
    WHERE claimed_until IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_processing_status_status ON Processing_Status (stage_name, status, doc_id);

-- Where the platform has left several rows of a stage or a result, their newest counts. A unique index then fails.
SELECT 'CREATE UNIQUE INDEX CONCURRENTLY uq_processing_status_doc_id_stage ON Processing_Status (doc_id, stage_name)'
WHERE to_regclass('uq_processing_status_doc_id_stage') IS NULL AND to_regclass('ix_processing_status_doc_id') IS NULL;
SELECT 'CREATE INDEX CONCURRENTLY ix_processing_status_doc_id ON Processing_Status (doc_id, stage_name)'
WHERE to_regclass('uq_processing_status_doc_id_stage') IS NULL AND to_regclass('ix_processing_status_doc_id') IS NULL;
SELECT 'CREATE UNIQUE INDEX CONCURRENTLY uq_ocr_results_doc_id ON Ocr_Results (doc_id)'
WHERE to_regclass('uq_ocr_results_doc_id') IS NULL AND to_regclass('ix_ocr_results_doc_id') IS NULL;
SELECT 'CREATE INDEX CONCURRENTLY ix_ocr_results_doc_id ON Ocr_Results (doc_id)'
WHERE to_regclass('uq_ocr_results_doc_id') IS NULL AND to_regclass('ix_ocr_results_doc_id') IS NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_logs_log_timestamp ON Logs (log_timestamp, log_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_logs_user_id ON Logs (user_id, log_timestamp, log_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_logs_action_type ON Logs (action_type, log_timestamp, log_id);

-- The platform's table of texts in its vector store, where it has one: its rows go with their document.
SELECT 'CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_rag_ingest_doc_id ON rag_ingest (doc_id)'
WHERE to_regclass('rag_ingest') IS NOT NULL;
