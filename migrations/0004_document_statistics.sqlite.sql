-- For GET /docs/stats: all that is counted of Documents is in the index.
CREATE INDEX ix_documents_statistics ON Documents (uploaded_by_user_id, file_type, file_size);
