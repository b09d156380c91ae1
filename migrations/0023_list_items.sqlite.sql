-- Lists show the file and every stage of a document: `changes` of Document_Counts grows with those, too.
CREATE TRIGGER document_counts_file_update AFTER UPDATE OF file_size, content_type, file_type ON Documents
BEGIN
    UPDATE Document_Counts SET changes = changes + 1 WHERE user_id IN (0, NEW.uploaded_by_user_id);
END;

CREATE TRIGGER document_counts_other_stage_insert AFTER INSERT ON Processing_Status
WHEN NEW.stage_name <> 'OCR'
BEGIN
    UPDATE Document_Counts SET changes = changes + 1
    WHERE user_id IN (SELECT 0 UNION ALL SELECT uploaded_by_user_id FROM Documents WHERE doc_id = NEW.doc_id);
END;

CREATE TRIGGER document_counts_other_stage_update AFTER UPDATE OF status, error_message ON Processing_Status
WHEN NEW.stage_name <> 'OCR' AND (NEW.status <> OLD.status OR NEW.error_message IS NOT OLD.error_message)
BEGIN
    UPDATE Document_Counts SET changes = changes + 1
    WHERE user_id IN (SELECT 0 UNION ALL SELECT uploaded_by_user_id FROM Documents WHERE doc_id = NEW.doc_id);
END;

CREATE TRIGGER document_counts_other_stage_delete AFTER DELETE ON Processing_Status
WHEN OLD.stage_name <> 'OCR'
BEGIN
    UPDATE Document_Counts SET changes = changes + 1
    WHERE user_id IN (SELECT 0 UNION ALL SELECT uploaded_by_user_id FROM Documents WHERE doc_id = OLD.doc_id);
END;
