-- A document of the Python platform does not name its blob: that is the one with the path and the name of the document.
-- Renaming the path moves no blob, so each such document gets the name of its blob before, whoever renames: the
-- platform's server too. A name that another document has is not its own.
CREATE FUNCTION name_blobs_at_rename() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    folder TEXT := CASE OLD.full_path WHEN '/' THEN '' ELSE OLD.full_path || '/' END;
BEGIN
    UPDATE Documents SET blob_name = folder || filename
    WHERE path_id = OLD.path_id AND blob_name IS NULL
    AND NOT EXISTS (SELECT 1 FROM Documents other WHERE other.blob_name = folder || Documents.filename);
    RETURN NEW;
END $$;

-- Before, so that it runs when the row is locked: who adds a document to the path then waits.
CREATE TRIGGER blob_names_at_rename BEFORE UPDATE OF full_path ON Virtual_Paths
FOR EACH ROW WHEN (NEW.full_path IS DISTINCT FROM OLD.full_path) EXECUTE FUNCTION name_blobs_at_rename();
