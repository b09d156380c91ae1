-- For an administrator's GET /docs/stats: all that is counted is in the indexes. Kept numbers would make all who upload
-- wait for one row.
CREATE INDEX ix_documents_types ON Documents (file_type, file_size);
CREATE INDEX ix_ocr_results_languages ON Ocr_Results (primary_language, page_count, word_count);
