-- A document of the Python platform does not name its blob: that is the one with the path and the name of the document.
-- Renaming the path moves no blob, so each such document gets the name of its blob before, whoever renames: the
-- platform's server too. A name that another document has is not its own.
IF OBJECT_ID(N'blob_names_at_rename', N'TR') IS NULL EXEC(N'
CREATE TRIGGER blob_names_at_rename ON Virtual_Paths AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON
    IF UPDATE(full_path)
        UPDATE d SET blob_name = was.blob_name
        FROM Documents d JOIN (
            SELECT unnamed.doc_id,
                CASE old.full_path WHEN N''/'' THEN N'''' ELSE old.full_path + N''/'' END COLLATE Latin1_General_BIN2
                + unnamed.filename COLLATE Latin1_General_BIN2 AS blob_name
            FROM Documents unnamed JOIN deleted old ON old.path_id = unnamed.path_id
            JOIN inserted new ON new.path_id = old.path_id
            WHERE unnamed.blob_name IS NULL AND new.full_path <> old.full_path
        ) was ON was.doc_id = d.doc_id
        WHERE NOT EXISTS (SELECT 1 FROM Documents other WHERE other.blob_name = was.blob_name)
END');
