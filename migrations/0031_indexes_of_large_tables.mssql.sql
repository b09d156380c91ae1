-- Outside of a transaction, so that others go on writing: the indexes of tables that may have millions of rows when they
-- become ours. Databases that were made by a version before have them.
--
-- ONLINE is what Enterprise and Developer (3) and Azure (5, 8) have; elsewhere whoever writes waits for an index
-- (learn.microsoft.com, "SERVERPROPERTY (Transact-SQL)", EngineEdition; "How online index operations work").
SELECT wanted.statement
    + CASE WHEN CAST(SERVERPROPERTY(N'EngineEdition') AS INT) IN (3, 5, 8) THEN N' WITH (ONLINE = ON)' ELSE N'' END
FROM (VALUES
    (1, N'uq_documents_blob_name',
     N'CREATE UNIQUE INDEX uq_documents_blob_name ON Documents (blob_name) WHERE blob_name IS NOT NULL'),
    (2, N'ix_documents_path_id', N'CREATE INDEX ix_documents_path_id ON Documents (path_id)'),
    (3, N'ix_documents_uploaded_at', N'CREATE INDEX ix_documents_uploaded_at ON Documents (uploaded_at, doc_id)'),
    (4, N'ix_documents_user', N'CREATE INDEX ix_documents_user ON Documents (uploaded_by_user_id, uploaded_at, doc_id)'),
    (5, N'ix_documents_sha256', N'CREATE INDEX ix_documents_sha256 ON Documents (uploaded_by_user_id, sha256, doc_id)'),
    (6, N'ix_documents_unnamed_blob',
     N'CREATE INDEX ix_documents_unnamed_blob ON Documents (path_id, doc_id) WHERE blob_name IS NULL'),
    (7, N'ix_documents_statistics',
     N'CREATE INDEX ix_documents_statistics ON Documents (uploaded_by_user_id, file_type, file_size)'),
    (8, N'ix_documents_types', N'CREATE INDEX ix_documents_types ON Documents (file_type, file_size)'),
    (9, N'ix_ocr_results_languages',
     N'CREATE INDEX ix_ocr_results_languages ON Ocr_Results (primary_language, page_count, word_count)'),
    (10, N'ix_processing_status_doc_id',
     N'CREATE INDEX ix_processing_status_doc_id ON Processing_Status (doc_id, stage_name, status)'),
    (11, N'ix_processing_status_claimed_until',
     N'CREATE INDEX ix_processing_status_claimed_until ON Processing_Status (claimed_until)'),
    (12, N'ix_processing_status_status',
     N'CREATE INDEX ix_processing_status_status ON Processing_Status (stage_name, status, doc_id)'),
    (13, N'ix_logs_log_timestamp', N'CREATE INDEX ix_logs_log_timestamp ON Logs (log_timestamp, log_id)'),
    (14, N'ix_logs_user_id', N'CREATE INDEX ix_logs_user_id ON Logs (user_id, log_timestamp, log_id)'),
    (15, N'ix_logs_action_type', N'CREATE INDEX ix_logs_action_type ON Logs (action_type, log_timestamp, log_id)')
) AS wanted (place, name, statement)
WHERE NOT EXISTS (SELECT 1 FROM sys.indexes existing WHERE existing.name = wanted.name)
ORDER BY wanted.place;

-- Where the platform has left several rows of a stage or a result, their newest counts. A unique index then fails.
SELECT N'CREATE UNIQUE INDEX uq_processing_status_doc_id_stage ON Processing_Status (doc_id, stage_name)'
    + CASE WHEN CAST(SERVERPROPERTY(N'EngineEdition') AS INT) IN (3, 5, 8) THEN N' WITH (ONLINE = ON)' ELSE N'' END
WHERE NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'uq_processing_status_doc_id_stage');
SELECT N'CREATE UNIQUE INDEX uq_ocr_results_doc_id ON Ocr_Results (doc_id)'
    + CASE WHEN CAST(SERVERPROPERTY(N'EngineEdition') AS INT) IN (3, 5, 8) THEN N' WITH (ONLINE = ON)' ELSE N'' END
WHERE NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name IN (N'uq_ocr_results_doc_id', N'ix_ocr_results_doc_id'));
SELECT N'CREATE INDEX ix_ocr_results_doc_id ON Ocr_Results (doc_id)'
    + CASE WHEN CAST(SERVERPROPERTY(N'EngineEdition') AS INT) IN (3, 5, 8) THEN N' WITH (ONLINE = ON)' ELSE N'' END
WHERE NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name IN (N'uq_ocr_results_doc_id', N'ix_ocr_results_doc_id'));

-- The platform's table of texts in its vector store, where it has one: its rows go with their document.
SELECT N'CREATE INDEX ix_rag_ingest_doc_id ON Rag_Ingest (doc_id)'
    + CASE WHEN CAST(SERVERPROPERTY(N'EngineEdition') AS INT) IN (3, 5, 8) THEN N' WITH (ONLINE = ON)' ELSE N'' END
WHERE OBJECT_ID(N'Rag_Ingest') IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'ix_rag_ingest_doc_id');
