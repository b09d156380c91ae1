-- How many documents each user has in each status ('' before there is a stage), and under user 0 how many all have, so
-- that the total of a list needs no look at every document. Kept by triggers, whoever writes. SQLite has one writer, so
-- nobody waits for a row of this; where there are several, they would, and the other databases count instead.
-- `changes` grows with whatever a list shows: as long as the sum of a user's stays the same, so does each of his lists.
CREATE TABLE Document_Counts (
    user_id   INTEGER NOT NULL,
    status    TEXT NOT NULL,
    documents INTEGER NOT NULL,
    changes   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, status)
) WITHOUT ROWID;

INSERT INTO Document_Counts (user_id, status, documents)
SELECT d.uploaded_by_user_id, COALESCE(s.status, ''), COUNT(*)
FROM Documents d LEFT JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR'
GROUP BY 1, 2;
INSERT INTO Document_Counts (user_id, status, documents)
SELECT 0, status, SUM(documents) FROM Document_Counts GROUP BY status;

CREATE TRIGGER document_counts_insert AFTER INSERT ON Documents
BEGIN
    INSERT INTO Document_Counts (user_id, status, documents) VALUES (0, '', 1), (NEW.uploaded_by_user_id, '', 1)
    ON CONFLICT (user_id, status) DO UPDATE SET documents = documents + 1, changes = changes + 1;
END;

CREATE TRIGGER document_counts_delete AFTER DELETE ON Documents
BEGIN
    UPDATE Document_Counts SET documents = documents - 1, changes = changes + 1
    WHERE user_id IN (0, OLD.uploaded_by_user_id) AND status = '';
END;

CREATE TRIGGER document_counts_update AFTER UPDATE OF filename, path_id, uploaded_at ON Documents
BEGIN
    UPDATE Document_Counts SET changes = changes + 1 WHERE user_id IN (0, NEW.uploaded_by_user_id);
END;

CREATE TRIGGER document_counts_path_update AFTER UPDATE OF full_path ON Virtual_Paths
BEGIN
    UPDATE Document_Counts SET changes = changes + 1;
END;

CREATE TRIGGER document_counts_stage_insert AFTER INSERT ON Processing_Status
WHEN NEW.stage_name = 'OCR'
BEGIN
    UPDATE Document_Counts SET documents = documents - 1, changes = changes + 1
    WHERE user_id IN (SELECT 0 UNION ALL SELECT uploaded_by_user_id FROM Documents WHERE doc_id = NEW.doc_id)
    AND status = '';
    INSERT INTO Document_Counts (user_id, status, documents)
    SELECT 0, NEW.status, 1 UNION ALL SELECT uploaded_by_user_id, NEW.status, 1 FROM Documents WHERE doc_id = NEW.doc_id
    ON CONFLICT (user_id, status) DO UPDATE SET documents = documents + 1, changes = changes + 1;
END;

CREATE TRIGGER document_counts_stage_update AFTER UPDATE OF status, error_message ON Processing_Status
WHEN NEW.stage_name = 'OCR' AND (NEW.status <> OLD.status OR NEW.error_message IS NOT OLD.error_message)
BEGIN
    UPDATE Document_Counts SET documents = documents - 1, changes = changes + 1
    WHERE user_id IN (SELECT 0 UNION ALL SELECT uploaded_by_user_id FROM Documents WHERE doc_id = NEW.doc_id)
    AND status = OLD.status;
    INSERT INTO Document_Counts (user_id, status, documents)
    SELECT 0, NEW.status, 1 UNION ALL SELECT uploaded_by_user_id, NEW.status, 1 FROM Documents WHERE doc_id = NEW.doc_id
    ON CONFLICT (user_id, status) DO UPDATE SET documents = documents + 1, changes = changes + 1;
END;

CREATE TRIGGER document_counts_stage_delete AFTER DELETE ON Processing_Status
WHEN OLD.stage_name = 'OCR'
BEGIN
    UPDATE Document_Counts SET documents = documents - 1, changes = changes + 1
    WHERE user_id IN (SELECT 0 UNION ALL SELECT uploaded_by_user_id FROM Documents WHERE doc_id = OLD.doc_id)
    AND status = OLD.status;
    INSERT INTO Document_Counts (user_id, status, documents)
    SELECT 0, '', 1 UNION ALL SELECT uploaded_by_user_id, '', 1 FROM Documents WHERE doc_id = OLD.doc_id
    ON CONFLICT (user_id, status) DO UPDATE SET documents = documents + 1, changes = changes + 1;
END;
