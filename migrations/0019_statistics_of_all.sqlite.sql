-- What an administrator's GET /docs/stats tells of all documents, beside Document_Counts: kept by triggers, whoever
-- writes, so that nothing is counted when it is asked for. SQLite has one writer, so nobody waits for a row of this.
CREATE TABLE Type_Counts (
    file_type TEXT NOT NULL PRIMARY KEY,
    documents INTEGER NOT NULL,
    bytes     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE Language_Counts (
    primary_language TEXT NOT NULL PRIMARY KEY,
    documents        INTEGER NOT NULL,
    pages            INTEGER NOT NULL,
    words            INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO Type_Counts SELECT COALESCE(file_type, ''), COUNT(*), COALESCE(SUM(file_size), 0) FROM Documents GROUP BY 1;
INSERT INTO Language_Counts
SELECT primary_language, COUNT(*), SUM(page_count), SUM(word_count) FROM Ocr_Results GROUP BY 1;

CREATE TRIGGER type_counts_insert AFTER INSERT ON Documents
BEGIN
    INSERT INTO Type_Counts VALUES (COALESCE(NEW.file_type, ''), 1, COALESCE(NEW.file_size, 0))
    ON CONFLICT (file_type) DO UPDATE SET documents = documents + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER type_counts_delete AFTER DELETE ON Documents
BEGIN
    UPDATE Type_Counts SET documents = documents - 1, bytes = bytes - COALESCE(OLD.file_size, 0)
    WHERE file_type = COALESCE(OLD.file_type, '');
END;
CREATE TRIGGER type_counts_update AFTER UPDATE OF file_type, file_size ON Documents
WHEN NEW.file_type IS NOT OLD.file_type OR NEW.file_size IS NOT OLD.file_size
BEGIN
    UPDATE Type_Counts SET documents = documents - 1, bytes = bytes - COALESCE(OLD.file_size, 0)
    WHERE file_type = COALESCE(OLD.file_type, '');
    INSERT INTO Type_Counts VALUES (COALESCE(NEW.file_type, ''), 1, COALESCE(NEW.file_size, 0))
    ON CONFLICT (file_type) DO UPDATE SET documents = documents + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER language_counts_insert AFTER INSERT ON Ocr_Results
BEGIN
    INSERT INTO Language_Counts VALUES (NEW.primary_language, 1, NEW.page_count, NEW.word_count)
    ON CONFLICT (primary_language) DO UPDATE
    SET documents = documents + 1, pages = pages + excluded.pages, words = words + excluded.words;
END;
CREATE TRIGGER language_counts_delete AFTER DELETE ON Ocr_Results
BEGIN
    UPDATE Language_Counts
    SET documents = documents - 1, pages = pages - OLD.page_count, words = words - OLD.word_count
    WHERE primary_language = OLD.primary_language;
END;
CREATE TRIGGER language_counts_update AFTER UPDATE OF primary_language, page_count, word_count ON Ocr_Results
BEGIN
    UPDATE Language_Counts
    SET documents = documents - 1, pages = pages - OLD.page_count, words = words - OLD.word_count
    WHERE primary_language = OLD.primary_language;
    INSERT INTO Language_Counts VALUES (NEW.primary_language, 1, NEW.page_count, NEW.word_count)
    ON CONFLICT (primary_language) DO UPDATE
    SET documents = documents + 1, pages = pages + excluded.pages, words = words + excluded.words;
END;
