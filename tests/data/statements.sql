DECLARE @inserted TABLE (id BIGINT);
    INSERT INTO Documents (filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, file_size, content_type, file_type, description, sha256, blob_name) OUTPUT INSERTED.doc_id INTO @inserted VALUES (?, ...);
    INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) SELECT id, ?, ?, ?
    FROM @inserted;
    SELECT id
    FROM @inserted

DECLARE @inserted TABLE (id BIGINT);
    INSERT INTO Documents (filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, file_size, content_type, file_type, description, sha256, file_modified_at, blob_name) OUTPUT INSERTED.doc_id INTO @inserted VALUES (?, ...);
    INSERT INTO Document_Files (doc_id, kind, version, place, file_size, sha256, content_type, created_at, created_by_user_id) SELECT id, ?, ?, ?, ?, ?, ?, ?, ?
    FROM @inserted;
    INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) SELECT id, ?, ?, ?
    FROM @inserted;
    SELECT id
    FROM @inserted

DECLARE @inserted TABLE (id BIGINT);
    INSERT INTO Documents (filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, file_size, content_type, file_type, description, sha256, file_modified_at, blob_name) OUTPUT INSERTED.doc_id INTO @inserted VALUES (?, ...);
    INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) SELECT id, ?, ?, ?
    FROM @inserted;
    SELECT id
    FROM @inserted

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?,
        @text7 NVARCHAR(4000) = ?,
        @text8 NVARCHAR(4000) = ?,
        @text9 NVARCHAR(4000) = ?,
        @text10 NVARCHAR(4000) = ?,
        @text11 NVARCHAR(4000) = ?,
        @text12 NVARCHAR(4000) = ?,
        @text13 NVARCHAR(4000) = ?,
        @text14 NVARCHAR(4000) = ?,
        @text15 NVARCHAR(4000) = ?,
        @text16 NVARCHAR(4000) = ?,
        @text17 NVARCHAR(4000) = ?,
        @text18 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text5) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text7) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text8) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text9) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text10) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text11)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (@text12, @text13, @text14, @text15, @text16, @text17)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text5)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text7) AND s.words LIKE @text18) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?,
        @text7 NVARCHAR(4000) = ?,
        @text8 NVARCHAR(4000) = ?,
        @text9 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND s.words LIKE @text5)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND s.words LIKE @text5) AND s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text7) AND s.name_words LIKE @text2)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text8) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text9) AND s.name_words LIKE @text5))) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?,
        @text7 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text5)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text7) AND s.name_words LIKE @text2))) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND NOT s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.words LIKE @text4))) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text5) AND NOT s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.words LIKE @text4))) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND NOT s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.words LIKE @text4))) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (@text4, @text5)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.words LIKE @text6) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND s.name_words LIKE @text2)) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (SELECT v.word
    FROM Search_Vocabulary v
    WHERE v.user_id = @reader AND v.word >= @text1 AND v.word < @text2))) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (SELECT v.word
    FROM Search_Vocabulary v
    WHERE v.user_id = @reader AND v.word >= @text1 AND v.word < @text2))) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (SELECT v.word
    FROM Search_Vocabulary v
    WHERE v.user_id = @reader AND v.word >= @text1 AND v.word < @text2))) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (SELECT v.word
    FROM Search_Vocabulary v
    WHERE v.user_id = @reader AND v.word >= @text1 AND v.word < @text2)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (SELECT v.word
    FROM Search_Vocabulary v
    WHERE v.user_id = @reader AND v.word >= @text1 AND v.word < @text2))) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (SELECT v.word
    FROM Search_Vocabulary v
    WHERE v.user_id = @reader AND v.word >= @text1 AND v.word < @text2))) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND s.user_id = @reader AND s.language = ? AND EXISTS (SELECT 1
    FROM Documents d JOIN Virtual_Paths v ON v.path_id = d.path_id
    WHERE d.doc_id = s.doc_id AND (v.full_path = ? OR (v.full_path COLLATE Latin1_General_BIN2 >= ? AND v.full_path COLLATE Latin1_General_BIN2 < ?)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.user_id = @reader AND s.language = ? AND EXISTS (SELECT 1
    FROM Documents d JOIN Virtual_Paths v ON v.path_id = d.path_id
    WHERE d.doc_id = s.doc_id AND (v.full_path = ? OR (v.full_path COLLATE Latin1_General_BIN2 >= ? AND v.full_path COLLATE Latin1_General_BIN2 < ?)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND s.user_id = @reader AND s.language = ? AND EXISTS (SELECT 1
    FROM Documents d JOIN Virtual_Paths v ON v.path_id = d.path_id
    WHERE d.doc_id = s.doc_id AND (v.full_path = ? OR (v.full_path COLLATE Latin1_General_BIN2 >= ? AND v.full_path COLLATE Latin1_General_BIN2 < ?)))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND s.user_id = @reader
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @reader BIGINT = ?,
        @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (SELECT v.word
    FROM Search_Vocabulary v
    WHERE v.user_id = @reader AND v.word >= @text0 AND v.word < @text1)) AND s.user_id = @reader) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?,
        @text7 NVARCHAR(4000) = ?,
        @text8 NVARCHAR(4000) = ?,
        @text9 NVARCHAR(4000) = ?,
        @text10 NVARCHAR(4000) = ?,
        @text11 NVARCHAR(4000) = ?,
        @text12 NVARCHAR(4000) = ?,
        @text13 NVARCHAR(4000) = ?,
        @text14 NVARCHAR(4000) = ?,
        @text15 NVARCHAR(4000) = ?,
        @text16 NVARCHAR(4000) = ?,
        @text17 NVARCHAR(4000) = ?,
        @text18 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text5)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text7) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text8) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text9) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text10) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text11))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (@text12, @text13, @text14, @text15, @text16, @text17))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text5))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text7) AND s.words LIKE @text18)) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?,
        @text7 NVARCHAR(4000) = ?,
        @text8 NVARCHAR(4000) = ?,
        @text9 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND s.words LIKE @text5))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND s.words LIKE @text5) AND s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text7) AND s.name_words LIKE @text2)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text8) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text9) AND s.name_words LIKE @text5)))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?,
        @text7 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text5)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text7) AND s.name_words LIKE @text2)))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND NOT s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.words LIKE @text4)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text5) AND NOT s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.words LIKE @text4)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text6) AND NOT s.passage_id IN (SELECT s.passage_id
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT s.passage_id
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.words LIKE @text4)))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND (w.term >= @text1 AND w.term < @text2))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND (w.term >= @text1 AND w.term < @text2)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND ((w.term >= @text5 AND w.term < @text6) OR w.term = @text4))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND (w.term >= @text1 AND w.term < @text2)))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?,
        @text5 NVARCHAR(4000) = ?,
        @text6 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term IN (@text4, @text5))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND s.words LIKE @text6)) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE ((EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.words LIKE @text2) AND (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND s.name_words LIKE @text2))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?,
        @text4 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND (w.term >= @text1 AND w.term < @text2)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND (w.term >= @text1 AND w.term < @text2)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text4) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND (w.term >= @text1 AND w.term < @text2)))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE (EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text3) AND NOT EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?,
        @text3 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND (w.term >= @text0 AND w.term < @text1))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND (w.term >= @text2 AND w.term < @text3))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0) AND s.language = ? AND EXISTS (SELECT 1
    FROM Documents d JOIN Virtual_Paths v ON v.path_id = d.path_id
    WHERE d.doc_id = s.doc_id AND (v.full_path = ? OR (v.full_path COLLATE Latin1_General_BIN2 >= ? AND v.full_path COLLATE Latin1_General_BIN2 < ?)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1) AND s.language = ? AND EXISTS (SELECT 1
    FROM Documents d JOIN Virtual_Paths v ON v.path_id = d.path_id
    WHERE d.doc_id = s.doc_id AND (v.full_path = ? OR (v.full_path COLLATE Latin1_General_BIN2 >= ? AND v.full_path COLLATE Latin1_General_BIN2 < ?)))
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2) AND s.language = ? AND EXISTS (SELECT 1
    FROM Documents d JOIN Virtual_Paths v ON v.path_id = d.path_id
    WHERE d.doc_id = s.doc_id AND (v.full_path = ? OR (v.full_path COLLATE Latin1_General_BIN2 >= ? AND v.full_path COLLATE Latin1_General_BIN2 < ?)))) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DECLARE @text0 NVARCHAR(4000) = ?,
        @text1 NVARCHAR(4000) = ?,
        @text2 NVARCHAR(4000) = ?;
    SELECT passage_id, SUM(weight), COUNT(*) OVER ()
    FROM (SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text0)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text1)
    UNION ALL SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight
    FROM Search_Pages s
    WHERE EXISTS (SELECT 1
    FROM Search_Words w
    WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND w.term = @text2)) AS found
    GROUP BY passage_id, doc_id, page, part
    ORDER BY SUM(weight) DESC, doc_id DESC, page, part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)

DELETE
    FROM Document_Events
    WHERE event_id <= ? AND created_at < ?

DELETE
    FROM Document_Text
    WHERE doc_id = ?

DELETE
    FROM Documents
    WHERE doc_id = ?

DELETE
    FROM Idempotency_Keys
    WHERE created_at <= ?

DELETE
    FROM Idempotency_Keys
    WHERE user_id = ? AND idempotency_key = ? AND created_at <= ?

DELETE
    FROM Job_Queue
    WHERE job_id = ?

DELETE
    FROM Job_Queue
    WHERE queue_name = ? AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)

DELETE
    FROM Ocr_Results
    WHERE doc_id = ?

DELETE
    FROM Outbox
    WHERE doc_id = ?

DELETE
    FROM Outbox
    WHERE outbox_id = ?

DELETE
    FROM Outbox
    WHERE outbox_id IN (?)

DELETE
    FROM Outbox
    WHERE queue_name = ? AND body_digest = HASHBYTES(N'SHA2_256', CAST(? AS NVARCHAR(MAX))) AND body = ?

DELETE
    FROM Page_Usage
    WHERE usage_day < ?

DELETE
    FROM Processing_Status
    WHERE doc_id = ?

DELETE
    FROM Role_Quotas
    WHERE role_id = ?

DELETE
    FROM Search_Large
    WHERE doc_id = ?

DELETE
    FROM Search_Leftovers
    WHERE leftover_id IN (?)

DELETE
    FROM Search_Leftovers
    WHERE leftover_id IN (?, ...)

DELETE
    FROM Search_Pages
    WHERE doc_id = ?

DELETE
    FROM Search_Pages
    WHERE doc_id = ? AND page = ? AND part = ? AND passage_id = ?

DELETE
    FROM Search_Pages
    WHERE passage_id IN (SELECT r.id
    FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (id BIGINT '$') AS r)

DELETE
    FROM Search_Trigrams
    WHERE trigram = ? AND user_id = ?

DELETE
    FROM Search_Vocabulary
    WHERE user_id = 0

DELETE
    FROM Search_Vocabulary
    WHERE user_id = ?

DELETE
    FROM Search_Vocabulary
    WHERE user_id = ? AND word < ?

DELETE
    FROM Sessions
    WHERE expires_at < ?

DELETE
    FROM Sessions
    WHERE jti = ? AND user_id = ? AND expires_at > ?

DELETE
    FROM Sessions
    WHERE user_id = ?

DELETE
    FROM Sessions
    WHERE user_id = ? AND jti <> ?

DELETE
    FROM Trashed_Documents
    WHERE doc_id = ?

DELETE
    FROM User_Quotas
    WHERE user_id = ?

DELETE
    FROM Users
    WHERE user_id = ?

DELETE
    FROM Virtual_Paths
    WHERE path_id = ?

DELETE TOP (500)
    FROM Document_Reads
    WHERE read_hour < ?

DELETE TOP (500)
    FROM Logs
    WHERE log_timestamp < ?

DELETE t
    FROM Search_Trigrams t JOIN OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (trigram NVARCHAR(6), word NVARCHAR(64)) AS r ON t.trigram = r.trigram COLLATE Latin1_General_BIN2 AND t.word = r.word COLLATE Latin1_General_BIN2
    WHERE t.user_id = ?

DELETE v
    FROM Search_Vocabulary v JOIN OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (word NVARCHAR(65) '$') AS r ON v.word = r.word COLLATE Latin1_General_BIN2
    WHERE v.user_id = ?

INSERT INTO Document_Events (doc_id, user_id, stage_name, status, error_message, pages_done, pages, created_at) SELECT s.doc_id, d.uploaded_by_user_id, s.stage_name, s.status, s.error_message, CASE WHEN s.status = 'Processing' THEN s.pages_done END, CASE WHEN s.status = 'Processing' THEN s.pages END, ?
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id
    WHERE s.doc_id = ? AND s.stage_name = 'OCR' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)

INSERT INTO Document_Events (doc_id, user_id, stage_name, status, error_message, pages_done, pages, created_at) SELECT s.doc_id, d.uploaded_by_user_id, s.stage_name, s.status, s.error_message, CASE WHEN s.status = 'Processing' THEN s.pages_done END, CASE WHEN s.status = 'Processing' THEN s.pages END, ?
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id
    WHERE s.doc_id = ? AND s.stage_name = CAST(? AS VARCHAR(50)) AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)

INSERT INTO Document_Files (doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, created_by_user_id) SELECT d.doc_id, 'original', 1, 0, ?, d.file_size, d.sha256, d.content_type, d.uploaded_at, d.uploaded_by_user_id
    FROM Documents d WITH (REPEATABLEREAD)
    WHERE d.doc_id = ? AND NOT EXISTS (SELECT 1
    FROM Document_Files f WITH (UPDLOCK, HOLDLOCK)
    WHERE f.doc_id = d.doc_id AND f.kind = 'original')

INSERT INTO Document_Files (doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, created_by_user_id) SELECT d.doc_id, 'original', 1, 0, d.blob_name, d.file_size, d.sha256, d.content_type, d.uploaded_at, d.uploaded_by_user_id
    FROM Documents d WITH (REPEATABLEREAD)
    WHERE d.doc_id > ? AND d.doc_id <= ? AND d.sha256 IS NOT NULL AND d.blob_name IS NOT NULL AND NOT EXISTS (SELECT 1
    FROM Document_Files f WITH (UPDLOCK, HOLDLOCK)
    WHERE f.doc_id = d.doc_id AND f.kind = 'original')

INSERT INTO Document_Files (doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from) VALUES (?, 'original', ?, 0, ?, ?, ?, ?, ?, ?, ?)

INSERT INTO Document_Files (doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from, superseded_user_id) SELECT doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from, superseded_user_id
    FROM Trashed_Files
    WHERE doc_id = ?

INSERT INTO Document_Reads (read_hour, user_id, doc_id) SELECT ?, ?, ?
    WHERE NOT EXISTS (SELECT 1
    FROM Document_Reads WITH (UPDLOCK, HOLDLOCK)
    WHERE read_hour = ? AND user_id = ? AND doc_id = ?)

INSERT INTO Document_Text (doc_id, page, text_id, method, confidence, language, content, revision, parts) SELECT doc_id, page, text_id, method, confidence, language, content, revision, parts
    FROM Trashed_Text
    WHERE doc_id = ?

INSERT INTO Document_Text (doc_id, page, text_id, method, confidence, language, content, revision, parts) VALUES (?, ...)

INSERT INTO Document_Text (doc_id, page, text_id, method, confidence, language, content, revision, parts) VALUES (?, ...), ...

INSERT INTO Document_Text_Parts (doc_id, page, part, content) SELECT doc_id, page, part, content
    FROM Trashed_Text_Parts
    WHERE doc_id = ?

INSERT INTO Document_Text_Parts (doc_id, page, part, content) VALUES (?, ...)

INSERT INTO Document_Text_Parts (doc_id, page, part, content) VALUES (?, ...), ...

INSERT INTO Documents (doc_id, filename, path_id, blob_name, uploaded_by_user_id, mongo_doc_id, uploaded_at, updated_at, file_size, content_type, file_type, description, sha256, file_modified_at) SELECT doc_id, ?, ?, ?, uploaded_by_user_id, mongo_doc_id, uploaded_at, updated_at, file_size, content_type, file_type, description, sha256, file_modified_at
    FROM Trashed_Documents
    WHERE doc_id = ?

INSERT INTO Finished_Upgrades (name, finished_at) VALUES (?, ...)

INSERT INTO Idempotency_Keys (user_id, idempotency_key, fingerprint, answer, created_at) VALUES (?, ...)

INSERT INTO Job_Queue (queue_name, message_id, body, enqueued_at, deliveries) SELECT ?, ?, ?, ?, 0
    WHERE NOT EXISTS (SELECT 1
    FROM Job_Queue
    WHERE queue_name = ? AND message_id = ?)

INSERT INTO Job_Queue (queue_name, message_id, body, enqueued_at, deliveries, user_id) VALUES (?, ?, ?, ?, 0, ?)

INSERT INTO Logs (log_timestamp, action_type, user_id, entity_id) VALUES (?, 'document_download', (SELECT user_id
    FROM Users
    WHERE user_id = ?), ?)

INSERT INTO Logs (log_timestamp, action_type, user_id, entity_id, details) VALUES (?, ...)

INSERT INTO Ocr_Results (doc_id, page_count, word_count, avg_confidence, primary_language, cost_usd_ocr, processed_at) VALUES (?, ...)

INSERT INTO Ocr_Results (doc_id, page_count, word_count, avg_confidence, primary_language, domain, category, classification_confidence, cost_usd_ocr, cost_usd_classification, processed_at) SELECT doc_id, page_count, word_count, avg_confidence, primary_language, domain, category, classification_confidence, cost_usd_ocr, cost_usd_classification, processed_at
    FROM Trashed_Results
    WHERE doc_id = ?
    ORDER BY result_id

INSERT INTO Outbox (queue_name, doc_id, body, created_at, available_at, user_id) VALUES (?, ...)

INSERT INTO Page_Usage (usage_day, user_id, pages) VALUES (?, ...)

INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, end_time, error_message, attempts) SELECT doc_id, stage_name, status, start_time, end_time, error_message, attempts
    FROM Trashed_Status
    WHERE doc_id = ?
    ORDER BY status_id

INSERT INTO Role_Quotas (role_id, bytes, documents, pages_per_day) VALUES (?, ...)

INSERT INTO Schema_Version (version, name, applied_at) VALUES (?, ...)

INSERT INTO Search_Large (doc_id, user_id, ticket, pieces, is_whole) VALUES (?, ?, ?, 0, 0)

INSERT INTO Search_Leftovers (user_id, words) SELECT user_id, words
    FROM Search_Pages
    WHERE doc_id = ? AND has_text >= ?

INSERT INTO Search_Leftovers (user_id, words) SELECT user_id, words
    FROM Search_Pages
    WHERE passage_id IN (SELECT r.id
    FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (id BIGINT '$') AS r) AND has_text >= ?

INSERT INTO Search_Leftovers (user_id, words) VALUES (?, ...)

INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text, language, content, name_words, words) OUTPUT INSERTED.passage_id, INSERTED.page, INSERTED.part VALUES (?, ...)

INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text, language, content, name_words, words) OUTPUT INSERTED.passage_id, INSERTED.page, INSERTED.part VALUES (?, ...), ...

INSERT INTO Search_Trigrams (trigram, user_id, word) SELECT r.trigram, ?, r.word
    FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (trigram NVARCHAR(6), word NVARCHAR(64)) AS r
    WHERE NOT EXISTS (SELECT 1
    FROM Search_Trigrams t
    WHERE t.trigram = r.trigram COLLATE Latin1_General_BIN2 AND t.user_id = ? AND t.word = r.word COLLATE Latin1_General_BIN2)

INSERT INTO Search_Vocabulary (user_id, word) SELECT ?, r.word
    FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (word NVARCHAR(65) '$') AS r
    WHERE NOT EXISTS (SELECT 1
    FROM Search_Vocabulary v
    WHERE v.user_id = ? AND v.word = r.word COLLATE Latin1_General_BIN2)

INSERT INTO Search_Vocabulary (user_id, word) VALUES (0, '')

INSERT INTO Search_Words (term, user_id, passage_id) SELECT r.term, ?, r.passage_id
    FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (passage_id BIGINT, term NVARCHAR(70)) AS r

INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at, address, user_agent) VALUES (?, ...)

INSERT INTO Trashed_Documents (doc_id, filename, path_id, full_path, uploaded_by_user_id, mongo_doc_id, uploaded_at, updated_at, file_size, content_type, file_type, description, sha256, file_modified_at, deleted_at, deleted_by_user_id, purge_at) SELECT doc_id, filename, path_id, (SELECT p.full_path
    FROM Virtual_Paths p
    WHERE p.path_id = Documents.path_id), uploaded_by_user_id, mongo_doc_id, uploaded_at, updated_at, file_size, content_type, file_type, description, sha256, file_modified_at, ?, ?, ?
    FROM Documents
    WHERE doc_id = ?

INSERT INTO Trashed_Files (doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from, superseded_user_id) SELECT doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from, superseded_user_id
    FROM Document_Files
    WHERE doc_id = ?

INSERT INTO Trashed_Results (doc_id, result_id, page_count, word_count, avg_confidence, primary_language, domain, category, classification_confidence, cost_usd_ocr, cost_usd_classification, processed_at) SELECT doc_id, result_id, page_count, word_count, avg_confidence, primary_language, domain, category, classification_confidence, cost_usd_ocr, cost_usd_classification, processed_at
    FROM Ocr_Results
    WHERE doc_id = ?

INSERT INTO Trashed_Status (doc_id, status_id, stage_name, status, start_time, end_time, error_message, attempts) SELECT doc_id, status_id, stage_name, status, start_time, end_time, error_message, attempts
    FROM Processing_Status
    WHERE doc_id = ?

INSERT INTO Trashed_Text (doc_id, page, text_id, method, confidence, language, content, revision, parts) SELECT doc_id, page, text_id, method, confidence, language, content, revision, parts
    FROM Document_Text
    WHERE doc_id = ?

INSERT INTO Trashed_Text_Parts (doc_id, page, part, content) SELECT doc_id, page, part, content
    FROM Document_Text_Parts
    WHERE doc_id = ?

INSERT INTO User_Quotas (user_id, bytes, documents, pages_per_day) VALUES (?, ...)

INSERT INTO User_Usage (user_id, bytes, documents, counted_at) SELECT ?, 0, 0, ?
    WHERE NOT EXISTS (SELECT 1
    FROM User_Usage WITH (UPDLOCK, HOLDLOCK)
    WHERE user_id = ?)

INSERT INTO Users (username, full_name, email, password_hash, created_at, is_active, role_id) OUTPUT INSERTED.user_id VALUES (?, ...)

INSERT INTO Virtual_Paths (full_path, created_at, description, depth) OUTPUT INSERTED.path_id VALUES (?, ...)

SELECT 1

SELECT 1
    FROM Finished_Upgrades
    WHERE name = CAST(? AS VARCHAR(50))

SELECT CASE WHEN EXISTS (SELECT 1
    FROM Documents
    WHERE uploaded_by_user_id = ?) THEN 1 ELSE 0 END

SELECT CASE WHEN EXISTS (SELECT 1
    FROM Individual_Permissions
    WHERE user_id = ?) THEN 1 ELSE 0 END

SELECT CASE WHEN EXISTS (SELECT 1
    FROM Search_Pages
    WHERE doc_id = ?) THEN 1 ELSE 0 END

SELECT CASE WHEN OBJECT_ID(N'Schema_Version') IS NULL THEN 0 ELSE 1 END

SELECT CAST(@@VERSION AS NVARCHAR(200))

SELECT COALESCE(MAX(event_id), 0)
    FROM Document_Events

SELECT COALESCE(MAX(log_id), 0)
    FROM (SELECT TOP (20) log_id
    FROM Logs
    WHERE user_id = ?
    ORDER BY log_timestamp DESC, log_id DESC) AS newest

SELECT COALESCE(token_jti, jti)
    FROM Sessions
    WHERE jti = ? AND user_id = ? AND expires_at > ?

SELECT COUNT(*)
    FROM (SELECT TOP (10000) log_id
    FROM Logs
    WHERE log_timestamp >= ? AND log_timestamp <= ? AND action_type = CAST(? AS VARCHAR(50)) AND action_type COLLATE Latin1_General_BIN2 = CAST(? AS VARCHAR(50)) AND user_id = ?) AS counted

SELECT COUNT(*)
    FROM (SELECT TOP (10000) log_id
    FROM Logs
    WHERE log_timestamp >= ? AND log_timestamp <= ? AND action_type = CAST(? AS VARCHAR(50)) AND action_type COLLATE Latin1_General_BIN2 = CAST(? AS VARCHAR(50))) AS counted

SELECT COUNT(*)
    FROM (SELECT TOP (10000) log_id
    FROM Logs
    WHERE log_timestamp >= ? AND log_timestamp <= ? AND user_id = ?) AS counted

SELECT COUNT(*)
    FROM (SELECT TOP (10000) log_id
    FROM Logs
    WHERE log_timestamp >= ? AND log_timestamp <= ?) AS counted

SELECT COUNT(*)
    FROM Document_Files
    WHERE doc_id = ? AND kind = 'original'

SELECT COUNT(*)
    FROM Job_Queue
    WHERE queue_name = ? AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)

SELECT COUNT(*)
    FROM Outbox
    WHERE queue_name NOT IN (?, ...)

SELECT COUNT(*)
    FROM Roles

SELECT COUNT(*)
    FROM Trashed_Documents
    WHERE purge_at > ?

SELECT COUNT(*)
    FROM Trashed_Documents
    WHERE purge_at > ? AND uploaded_by_user_id = ?

SELECT COUNT(*)
    FROM Users
    WHERE role_id = ? AND is_active = ? AND user_id <> ?

SELECT COUNT(*)
    FROM sys.indexes
    WHERE name = ?

SELECT COUNT(*), (SELECT COALESCE(MAX(log_id), 0)
    FROM (SELECT TOP (20) log_id
    FROM Logs
    WHERE user_id = ?
    ORDER BY log_timestamp DESC, log_id DESC) AS newest)
    FROM Documents d JOIN Processing_Status s ON s.doc_id = d.doc_id
    WHERE 1 = 1 AND d.uploaded_by_user_id = ? AND s.status = CAST(? AS VARCHAR(20)) AND s.stage_name = 'OCR' AND 1 = 1

SELECT COUNT(*), (SELECT COALESCE(MAX(log_id), 0)
    FROM (SELECT TOP (20) log_id
    FROM Logs
    WHERE user_id = ?
    ORDER BY log_timestamp DESC, log_id DESC) AS newest)
    FROM Documents d
    WHERE 1 = 1

SELECT COUNT(*), (SELECT COALESCE(MAX(log_id), 0)
    FROM (SELECT TOP (20) log_id
    FROM Logs
    WHERE user_id = ?
    ORDER BY log_timestamp DESC, log_id DESC) AS newest)
    FROM Documents d
    WHERE 1 = 1 AND d.uploaded_by_user_id = ?

SELECT COUNT(*), (SELECT COALESCE(MAX(log_id), 0)
    FROM (SELECT TOP (20) log_id
    FROM Logs
    WHERE user_id = ?
    ORDER BY log_timestamp DESC, log_id DESC) AS newest)
    FROM Processing_Status s
    WHERE 1 = 1 AND s.status = CAST(? AS VARCHAR(20)) AND s.stage_name = 'OCR' AND 1 = 1

SELECT DB_NAME(), CAST(d.is_read_committed_snapshot_on AS INT), CAST(d.compatibility_level AS INT), COALESCE(CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS NVARCHAR(128)), N''), COALESCE((SELECT MAX(c.collation_name)
    FROM sys.columns c
    WHERE c.object_id = OBJECT_ID(N'Users') AND c.name = N'email'), N'')
    FROM sys.databases d
    WHERE d.name = DB_NAME()

SELECT DISTINCT place
    FROM Document_Files
    WHERE doc_id = ?
    ORDER BY place

SELECT DISTINCT place
    FROM Trashed_Files
    WHERE doc_id = ?
    ORDER BY place

SELECT MAX(doc_id)
    FROM Documents

SELECT MIN(read_hour)
    FROM Document_Reads HAVING MIN(read_hour) < ?

SELECT MIN(usage_day)
    FROM Page_Usage HAVING MIN(usage_day) < ?

SELECT MIN(user_id)
    FROM Outbox
    WHERE user_id > ?

SELECT MIN(user_id)
    FROM Search_Vocabulary
    WHERE user_id > 0

SELECT SCHEMA_NAME(t.schema_id), t.name, c.name, OBJECT_NAME(k.referenced_object_id)
    FROM sys.foreign_keys k JOIN sys.foreign_key_columns p ON p.constraint_object_id = k.object_id AND p.constraint_column_id = 1 JOIN sys.tables t ON t.object_id = k.parent_object_id JOIN sys.columns c ON c.object_id = t.object_id AND c.column_id = p.parent_column_id

SELECT SYSUTCDATETIME()

SELECT body
    FROM Outbox
    WHERE queue_name = ? AND available_at <= ?
    ORDER BY available_at, outbox_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT bytes, documents, pages_per_day
    FROM Role_Quotas
    WHERE role_id = ?

SELECT bytes, documents, pages_per_day
    FROM User_Quotas
    WHERE user_id = ?

SELECT d.doc_id
    FROM Documents d
    WHERE d.doc_id > ? AND d.doc_id <= ? AND NOT EXISTS (SELECT 1
    FROM Search_Pages s
    WHERE s.doc_id = d.doc_id AND s.doc_id > ? AND s.doc_id <= ? AND (s.has_text = 1 OR NOT EXISTS (SELECT 1
    FROM Processing_Status p
    WHERE p.doc_id = d.doc_id AND p.doc_id > ? AND p.doc_id <= ? AND p.stage_name = 'OCR' AND p.status = 'Finished')))
    ORDER BY d.doc_id

SELECT d.doc_id, d.filename, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2), d.mongo_doc_id, d.file_size, d.sha256, d.content_type, d.uploaded_at, d.uploaded_by_user_id
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id
    WHERE d.doc_id = ? AND NOT EXISTS (SELECT 1
    FROM Document_Files f
    WHERE f.doc_id = d.doc_id AND f.kind = 'original')

SELECT d.doc_id, d.filename, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2), d.mongo_doc_id, d.file_size, d.sha256, d.content_type, d.uploaded_at, d.uploaded_by_user_id
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id
    WHERE d.doc_id > ? AND d.doc_id <= ? AND NOT EXISTS (SELECT 1
    FROM Document_Files f
    WHERE f.doc_id = d.doc_id AND f.kind = 'original')
    ORDER BY d.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT d.doc_id, d.filename, COALESCE(s.attempts, 0), s.end_time, s.error_message
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id
    WHERE s.stage_name = 'OCR' AND s.status = 'Failed' AND s.doc_id > ? AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)
    ORDER BY s.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT d.doc_id, d.filename, COALESCE(s.attempts, 0), s.end_time, s.error_message
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.status = 'Failed' AND s.doc_id > ? AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)
    ORDER BY s.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, COALESCE(f.created_at, d.uploaded_at), d.file_size, d.content_type, d.sha256, COALESCE(f.place, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2)), COALESCE(f.version, 1), p.full_path, s.status
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original') LEFT JOIN Processing_Status s ON s.status_id = (SELECT MAX(newest.status_id + 0)
    FROM Processing_Status newest
    WHERE newest.doc_id = d.doc_id AND newest.stage_name = 'OCR')
    WHERE d.doc_id = ?

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, COALESCE(f.place, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2)), COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original')
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.doc_id = ? AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, COALESCE(f.place, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2)), COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original')
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.doc_id = ? AND s.status = 'Queued' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, COALESCE(f.place, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2)), COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original')
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.status = 'Queued' AND s.doc_id > ? AND s.doc_id <= ? AND (s.start_time < ? OR s.start_time > ?) AND NOT EXISTS (SELECT 1
    FROM Outbox o
    WHERE o.doc_id = s.doc_id AND o.queue_name = ?) AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)
    ORDER BY s.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id
    WHERE s.doc_id = ? AND s.stage_name = 'OCR' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id
    WHERE s.stage_name = 'OCR' AND s.status = 'Queued' AND s.doc_id > ? AND s.doc_id <= ? AND (s.start_time < ? OR s.start_time > ?) AND NOT EXISTS (SELECT 1
    FROM Outbox o
    WHERE o.doc_id = s.doc_id) AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)
    ORDER BY s.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.doc_id = ? AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.status = 'Queued' AND s.doc_id > ? AND s.doc_id <= ? AND (s.start_time < ? OR s.start_time > ?) AND NOT EXISTS (SELECT 1
    FROM Outbox o
    WHERE o.doc_id = s.doc_id AND o.queue_name = ?) AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)
    ORDER BY s.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.uploaded_at, d.file_size, d.content_type, d.sha256, d.blob_name, p.full_path, s.status
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Processing_Status s ON s.status_id = (SELECT MAX(newest.status_id + 0)
    FROM Processing_Status newest
    WHERE newest.doc_id = d.doc_id AND newest.stage_name = 'OCR')
    WHERE d.doc_id = ?

SELECT d.doc_id, d.filename, p.full_path
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id
    WHERE d.uploaded_by_user_id = ? AND d.sha256 = CAST(? AS VARCHAR(64))
    ORDER BY d.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT d.doc_id, d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, d.file_size, d.content_type, d.file_type
    FROM (SELECT d.doc_id
    FROM Documents d JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR'
    WHERE 1 = 1 AND d.uploaded_by_user_id = ? AND s.status = CAST(? AS VARCHAR(20)) AND 1 = 1
    ORDER BY d.uploaded_at DESC, d.doc_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY) page JOIN Documents d ON d.doc_id = page.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id
    ORDER BY d.uploaded_at DESC, d.doc_id DESC

SELECT d.doc_id, d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, d.file_size, d.content_type, d.file_type
    FROM (SELECT d.doc_id
    FROM Documents d JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR'
    WHERE 1 = 1 AND s.status = CAST(? AS VARCHAR(20)) AND 1 = 1
    ORDER BY d.uploaded_at DESC, d.doc_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY) page JOIN Documents d ON d.doc_id = page.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id
    ORDER BY d.uploaded_at DESC, d.doc_id DESC

SELECT d.doc_id, d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, d.file_size, d.content_type, d.file_type
    FROM (SELECT d.doc_id
    FROM Documents d
    WHERE 1 = 1 AND d.uploaded_by_user_id = ?
    ORDER BY d.uploaded_at DESC, d.doc_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY) page JOIN Documents d ON d.doc_id = page.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id
    ORDER BY d.uploaded_at DESC, d.doc_id DESC

SELECT d.doc_id, d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, d.file_size, d.content_type, d.file_type
    FROM (SELECT d.doc_id
    FROM Documents d
    WHERE 1 = 1
    ORDER BY d.uploaded_at DESC, d.doc_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY) page JOIN Documents d ON d.doc_id = page.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id
    ORDER BY d.uploaded_at DESC, d.doc_id DESC

SELECT d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, s.status, s.error_message, d.description, d.content_type, d.file_size, d.sha256, d.file_type, d.updated_at, r.page_count, r.word_count, r.primary_language, r.avg_confidence, CASE WHEN s.status = 'Processing' THEN s.pages_done END, CASE WHEN s.status = 'Processing' THEN s.pages END
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Processing_Status s ON s.status_id = (SELECT MAX(newest.status_id + 0)
    FROM Processing_Status newest
    WHERE newest.doc_id = d.doc_id AND newest.stage_name = 'OCR') LEFT JOIN Ocr_Results r ON r.result_id = (SELECT MAX(newest.result_id + 0)
    FROM Ocr_Results newest
    WHERE newest.doc_id = d.doc_id)
    WHERE d.doc_id = ?

SELECT d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, s.status, s.error_message, d.description, d.content_type, d.file_size, d.sha256, d.file_type, d.updated_at, r.page_count, r.word_count, r.primary_language, r.avg_confidence, CASE WHEN s.status = 'Processing' THEN s.pages_done END, CASE WHEN s.status = 'Processing' THEN s.pages END, d.file_modified_at
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Processing_Status s ON s.status_id = (SELECT MAX(newest.status_id + 0)
    FROM Processing_Status newest
    WHERE newest.doc_id = d.doc_id AND newest.stage_name = 'OCR') LEFT JOIN Ocr_Results r ON r.result_id = (SELECT MAX(newest.result_id + 0)
    FROM Ocr_Results newest
    WHERE newest.doc_id = d.doc_id)
    WHERE d.doc_id = ?

SELECT d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, s.status, s.error_message, d.description, d.content_type, d.file_size, d.sha256, d.file_type, d.updated_at, r.page_count, r.word_count, r.primary_language, r.avg_confidence, CASE WHEN s.status = 'Processing' THEN s.pages_done END, CASE WHEN s.status = 'Processing' THEN s.pages END, d.file_modified_at, CASE WHEN f.version > 1 THEN f.version END
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original') LEFT JOIN Processing_Status s ON s.status_id = (SELECT MAX(newest.status_id + 0)
    FROM Processing_Status newest
    WHERE newest.doc_id = d.doc_id AND newest.stage_name = 'OCR') LEFT JOIN Ocr_Results r ON r.result_id = (SELECT MAX(newest.result_id + 0)
    FROM Ocr_Results newest
    WHERE newest.doc_id = d.doc_id)
    WHERE d.doc_id = ?

SELECT d.mongo_doc_id, d.file_size
    FROM Documents d
    WHERE d.doc_id = ? AND NOT EXISTS (SELECT 1
    FROM Document_Files f
    WHERE f.doc_id = d.doc_id AND f.kind = 'original' AND f.version > 1)

SELECT d.uploaded_by_user_id, d.filename, CASE WHEN EXISTS (SELECT 1
    FROM Document_Text t
    WHERE t.doc_id = d.doc_id AND t.page > 0 AND t.text_id = ?) THEN 1 ELSE 0 END, CASE WHEN EXISTS (SELECT 1
    FROM Search_Large l
    WHERE l.doc_id = d.doc_id) THEN 1 ELSE 0 END, (SELECT COUNT(*)
    FROM Search_Pages s
    WHERE s.doc_id = d.doc_id)
    FROM Documents d
    WHERE d.doc_id = ?

SELECT d.uploaded_by_user_id, d.filename, d.mongo_doc_id, s.status, s.end_time
    FROM Documents d LEFT JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR'
    WHERE d.doc_id = ?
    ORDER BY s.status_id DESC

SELECT doc_id
    FROM Document_Files
    WHERE place = ?
    UNION ALL SELECT doc_id
    FROM Trashed_Files
    WHERE place = ?

SELECT doc_id
    FROM Documents
    WHERE blob_name = ?
    UNION ALL SELECT d.doc_id
    FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id
    WHERE d.filename = ? AND p.full_path = ? AND d.blob_name IS NULL

SELECT doc_id
    FROM Documents
    WHERE doc_id > ? AND doc_id <= ?
    ORDER BY doc_id

SELECT doc_id
    FROM Documents
    WHERE filename = ? AND path_id = ?

SELECT doc_id
    FROM Documents
    WHERE path_id = ? AND blob_name IS NULL AND doc_id > ?
    ORDER BY doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT doc_id
    FROM Processing_Status
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Processing' AND claimed_by = ?

SELECT doc_id
    FROM Processing_Status
    WHERE stage_name = CAST(? AS VARCHAR(50)) AND status = 'Queued' AND doc_id > ?
    ORDER BY doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT doc_id
    FROM Search_Large
    WHERE user_id = ?
    ORDER BY doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT doc_id
    FROM Trashed_Documents
    WHERE doc_id = ? AND purge_at <= ?

SELECT doc_id
    FROM Trashed_Documents
    WHERE doc_id > ?
    ORDER BY doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT doc_id
    FROM Trashed_Documents
    WHERE purge_at <= ?
    ORDER BY purge_at, doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT doc_id
    FROM Trashed_Documents
    WHERE uploaded_by_user_id = ? AND purge_at > ?
    ORDER BY doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT doc_id, filename, full_path, uploaded_by_user_id, content_type, file_size, uploaded_at, deleted_at, deleted_by_user_id, purge_at
    FROM Trashed_Documents
    WHERE purge_at > ? AND uploaded_by_user_id = ?
    ORDER BY deleted_at DESC, doc_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT doc_id, filename, full_path, uploaded_by_user_id, content_type, file_size, uploaded_at, deleted_at, deleted_by_user_id, purge_at
    FROM Trashed_Documents
    WHERE purge_at > ?
    ORDER BY deleted_at DESC, doc_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT doc_id, stage_name, status, error_message
    FROM Processing_Status
    WHERE doc_id IN (?) AND stage_name IN ('OCR', 'Classification', 'Vectorization')
    ORDER BY status_id

SELECT doc_id, stage_name, status, error_message
    FROM Processing_Status
    WHERE doc_id IN (?, ...) AND stage_name IN ('OCR', 'Classification', 'Vectorization')
    ORDER BY status_id

SELECT event_id
    FROM Document_Events
    WHERE created_at < ?
    ORDER BY created_at, event_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT event_id, doc_id, stage_name, status, error_message, pages_done, pages
    FROM Document_Events
    WHERE event_id > ?
    ORDER BY event_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT event_id, doc_id, stage_name, status, error_message, pages_done, pages
    FROM Document_Events
    WHERE user_id = ? AND event_id > ?
    ORDER BY event_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT event_id, user_id
    FROM Document_Events
    WHERE event_id > ?
    ORDER BY event_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT f.doc_id, f.doc_id, d.filename, f.place, f.sha256, d.mongo_doc_id, f.file_size
    FROM Trashed_Files f JOIN Trashed_Documents d ON d.doc_id = f.doc_id
    WHERE f.doc_id > ? AND f.doc_id <= ?
    ORDER BY f.doc_id

SELECT f.file_id, f.doc_id, d.filename, f.place, f.sha256, d.mongo_doc_id, f.file_size
    FROM Document_Files f JOIN Documents d ON d.doc_id = f.doc_id
    WHERE f.file_id > ?
    ORDER BY f.file_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT file_type, COUNT(*), COALESCE(SUM(file_size), 0)
    FROM Documents
    GROUP BY file_type

SELECT file_type, COUNT(*), COALESCE(SUM(file_size), 0)
    FROM Documents
    WHERE uploaded_by_user_id = ?
    GROUP BY file_type

SELECT fingerprint, answer
    FROM Idempotency_Keys
    WHERE user_id = ? AND idempotency_key = ? AND created_at > ?

SELECT idempotency_key
    FROM Idempotency_Keys
    WHERE created_at <= ?
    ORDER BY created_at, user_id, idempotency_key OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT job_id
    FROM Job_Queue
    WHERE job_id = ?

SELECT jti
    FROM Sessions
    WHERE expires_at < ?
    ORDER BY expires_at, jti OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT jti, created_at, last_used_at, address, user_agent
    FROM Sessions
    WHERE user_id = ? AND expires_at > ?
    ORDER BY last_used_at DESC, jti OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT l.doc_id, l.ticket, l.pieces
    FROM Search_Large l
    WHERE l.is_whole = 0 AND NOT EXISTS (SELECT 1
    FROM Processing_Status p
    WHERE p.doc_id = l.doc_id AND p.stage_name = 'OCR' AND p.status IN ('Queued', 'Processing'))
    ORDER BY l.doc_id

SELECT last_id
    FROM Daily_Looks
    WHERE name = ?

SELECT last_id
    FROM Daily_Looks
    WHERE name = ? AND due_at <= ? AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)

SELECT leftover_id, user_id, words
    FROM Search_Leftovers
    ORDER BY leftover_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT log_id
    FROM Logs
    WHERE log_timestamp < ?
    ORDER BY log_timestamp, log_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT log_id, log_timestamp
    FROM Logs
    WHERE user_id = ?
    ORDER BY log_timestamp, log_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT log_id, log_timestamp, action_type, user_id, entity_id, details
    FROM Logs
    WHERE log_timestamp >= ? AND log_timestamp <= ? AND action_type = CAST(? AS VARCHAR(50)) AND action_type COLLATE Latin1_General_BIN2 = CAST(? AS VARCHAR(50)) AND user_id = ?
    ORDER BY log_timestamp DESC, log_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT log_id, log_timestamp, action_type, user_id, entity_id, details
    FROM Logs
    WHERE log_timestamp >= ? AND log_timestamp <= ? AND action_type = CAST(? AS VARCHAR(50)) AND action_type COLLATE Latin1_General_BIN2 = CAST(? AS VARCHAR(50))
    ORDER BY log_timestamp DESC, log_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT log_id, log_timestamp, action_type, user_id, entity_id, details
    FROM Logs
    WHERE log_timestamp >= ? AND log_timestamp <= ? AND user_id = ?
    ORDER BY log_timestamp DESC, log_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT log_id, log_timestamp, action_type, user_id, entity_id, details
    FROM Logs
    WHERE log_timestamp >= ? AND log_timestamp <= ?
    ORDER BY log_timestamp DESC, log_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT outbox_id
    FROM Outbox
    WHERE available_at > ? AND created_at > ?
    ORDER BY available_at, outbox_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT outbox_id, available_at, queue_name, COALESCE(doc_id, 0)
    FROM Outbox
    WHERE user_id = ? AND available_at <= ? AND queue_name NOT IN (?, ...) AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?) AND NOT EXISTS (SELECT 1
    FROM Outbox earlier
    WHERE earlier.doc_id = Outbox.doc_id AND earlier.queue_name = Outbox.queue_name AND earlier.outbox_id < Outbox.outbox_id)
    ORDER BY available_at, outbox_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT outbox_id, body, created_at, claimed_until
    FROM Outbox
    WHERE queue_name = ? AND available_at <= ? AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)
    ORDER BY available_at, outbox_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT outbox_id, body, created_at, claimed_until
    FROM Outbox
    WHERE queue_name = ? AND body_digest = HASHBYTES(N'SHA2_256', CAST(? AS NVARCHAR(MAX))) AND body = ?

SELECT p.path_id, (SELECT n.doc_id
    FROM Documents n
    WHERE n.filename = ? AND n.path_id = p.path_id), d.doc_id, f.place
    FROM Virtual_Paths p LEFT JOIN Documents d ON d.doc_id = (SELECT MIN(c.doc_id)
    FROM Documents c
    WHERE c.uploaded_by_user_id = ? AND c.sha256 = CAST(? AS VARCHAR(64))) LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original')
    WHERE p.full_path = ?

SELECT page
    FROM Document_Text
    WHERE doc_id = ?

SELECT page, method, confidence, language, revision, parts, SUBSTRING(content COLLATE Latin1_General_BIN2, 1, CASE WHEN UNICODE(SUBSTRING(content COLLATE Latin1_General_BIN2, 65536, 1)) BETWEEN 55296 AND 56319 THEN 65537 ELSE 65536 END)
    FROM Document_Text
    WHERE doc_id = ? AND page > ?
    ORDER BY page OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT page_count, word_count, avg_confidence, primary_language
    FROM Ocr_Results
    WHERE doc_id = ?
    ORDER BY result_id DESC

SELECT passage_id
    FROM Search_Pages
    WHERE doc_id = ? AND (page <> ? OR part <> ?)
    ORDER BY page DESC, part DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT passage_id
    FROM Search_Pages
    WHERE doc_id = ? AND page = ? AND part = ?

SELECT path_id
    FROM Virtual_Paths
    WHERE full_path = ?

SELECT path_id, full_path, description, COALESCE(depth, 0), created_at
    FROM Virtual_Paths
    WHERE COALESCE(depth, 0) >= ? AND COALESCE(depth, 0) <= ? AND full_path COLLATE Latin1_General_BIN2 >= ? AND full_path COLLATE Latin1_General_BIN2 < ?
    ORDER BY full_path COLLATE Latin1_General_BIN2

SELECT path_id, full_path, description, COALESCE(depth, 0), created_at
    FROM Virtual_Paths
    WHERE COALESCE(depth, 0) >= ? AND COALESCE(depth, 0) <= ?
    ORDER BY full_path COLLATE Latin1_General_BIN2

SELECT path_id, full_path, description, COALESCE(depth, 0), created_at
    FROM Virtual_Paths
    WHERE full_path COLLATE Latin1_General_BIN2 >= ? AND full_path COLLATE Latin1_General_BIN2 < ?
    ORDER BY full_path COLLATE Latin1_General_BIN2

SELECT path_id, full_path, description, COALESCE(depth, 0), created_at
    FROM Virtual_Paths
    WHERE path_id = ?

SELECT r.primary_language, COUNT(*), SUM(CAST(r.page_count AS BIGINT)), SUM(CAST(r.word_count AS BIGINT))
    FROM Documents d JOIN Ocr_Results r ON r.doc_id = d.doc_id
    WHERE d.uploaded_by_user_id = ? AND 1 = 1
    GROUP BY r.primary_language

SELECT r.primary_language, COUNT(*), SUM(CAST(r.page_count AS BIGINT)), SUM(CAST(r.word_count AS BIGINT))
    FROM Ocr_Results r
    WHERE 1 = 1
    GROUP BY r.primary_language

SELECT r.word
    FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (word NVARCHAR(65) '$') AS r
    WHERE NOT EXISTS (SELECT 1
    FROM Search_Vocabulary v
    WHERE v.user_id = ? AND v.word = r.word COLLATE Latin1_General_BIN2)

SELECT revision
    FROM Document_Text
    WHERE doc_id = ?
    ORDER BY page OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT revision, SUBSTRING(content COLLATE Latin1_General_BIN2, ?, CASE WHEN UNICODE(SUBSTRING(content COLLATE Latin1_General_BIN2, ? + 65535, 1)) BETWEEN 55296 AND 56319 THEN 65537 ELSE 65536 END)
    FROM Document_Text
    WHERE doc_id = ? AND page = ?

SELECT role_id
    FROM Roles
    WHERE role_id = ?

SELECT role_id, role_name, description
    FROM Roles
    ORDER BY role_id

SELECT s.attempts, d.filename, d.file_type, d.sha256, COALESCE(f.place, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2)), COALESCE(f.version, 1)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original')
    WHERE s.doc_id = ? AND s.stage_name = CAST(? AS VARCHAR(50)) AND s.claimed_by = ?

SELECT s.doc_id
    FROM Processing_Status s
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.status = 'Queued' AND (s.start_time < ? OR s.start_time > ?)
    ORDER BY s.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT s.passage_id, s.doc_id, s.user_id, s.page, s.language, d.filename, v.full_path, s.content, t.content
    FROM Search_Pages s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths v ON v.path_id = d.path_id LEFT JOIN Document_Text t ON t.doc_id = s.doc_id AND t.page = s.page AND s.content IS NULL
    WHERE s.passage_id IN (?)

SELECT s.passage_id, s.has_text, p.end_time
    FROM Search_Pages s LEFT JOIN Processing_Status p ON p.doc_id = s.doc_id AND p.stage_name = 'OCR'
    WHERE s.doc_id = ?
    ORDER BY s.page, s.part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT s.passage_id, s.user_id, s.page, s.part, s.has_text, s.language, d.filename, s.content, t.content
    FROM Search_Pages s JOIN Documents d ON d.doc_id = s.doc_id LEFT JOIN Document_Text t ON t.doc_id = s.doc_id AND t.page = s.page AND s.content IS NULL
    WHERE s.doc_id = ?
    ORDER BY s.page, s.part OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT s.start_time
    FROM Processing_Status s
    WHERE s.stage_name = 'OCR' AND s.status = 'Queued' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)
    ORDER BY s.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT s.start_time
    FROM Processing_Status s
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.status = 'Queued' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = s.doc_id AND newer.stage_name = s.stage_name AND newer.status_id > s.status_id)
    ORDER BY s.doc_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT s.status, COUNT(*)
    FROM Documents d JOIN Processing_Status s ON s.doc_id = d.doc_id
    WHERE d.uploaded_by_user_id = ? AND s.stage_name = CAST(? AS VARCHAR(50)) AND 1 = 1
    GROUP BY s.status

SELECT s.status, COUNT(*)
    FROM Processing_Status s
    WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND 1 = 1
    GROUP BY s.status

SELECT s.status_id, s.stage_name, COALESCE(s.claimed_by, ''), s.claimed_until, d.doc_id, d.filename, d.uploaded_by_user_id, COALESCE(f.place, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2)), COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original')
    WHERE s.claimed_until < ? AND s.status = 'Processing'
    ORDER BY s.claimed_until, s.status_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT s.status_id, s.stage_name, COALESCE(s.claimed_by, ''), s.claimed_until, d.doc_id, d.filename, d.uploaded_by_user_id, COALESCE(f.place, COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path COLLATE Latin1_General_BIN2 + '/' END + d.filename COLLATE Latin1_General_BIN2)), COALESCE(s.attempts, 0)
    FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id JOIN Virtual_Paths p ON p.path_id = d.path_id LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = (SELECT MAX(v.version)
    FROM Document_Files v
    WHERE v.doc_id = d.doc_id AND v.kind = 'original')
    WHERE s.claimed_until > ? AND s.status = 'Processing'
    ORDER BY s.claimed_until, s.status_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT stage_name, status, start_time, end_time, error_message
    FROM Processing_Status
    WHERE doc_id = ?
    ORDER BY status_id

SELECT t.doc_id, t.filename, t.path_id, t.full_path, t.uploaded_by_user_id, t.content_type, t.purge_at, f.place, (SELECT COALESCE(SUM(v.file_size), 0)
    FROM Trashed_Files v
    WHERE v.doc_id = t.doc_id AND v.kind = 'original'), (SELECT COALESCE(MAX(r.page_count), 0)
    FROM Trashed_Results r
    WHERE r.doc_id = t.doc_id)
    FROM Trashed_Documents t JOIN Trashed_Files f ON f.doc_id = t.doc_id AND f.kind = 'original'
    WHERE t.doc_id = ? AND t.purge_at > ?
    ORDER BY f.version DESC

SELECT t.outbox_id, t.queue_name, t.taken_at, o.available_at, CASE WHEN EXISTS (SELECT 1
    FROM Processing_Status s
    WHERE s.doc_id = t.doc_id AND s.stage_name = t.stage_name AND s.status = 'Queued') AND NOT EXISTS (SELECT 1
    FROM Outbox later
    WHERE later.doc_id = t.doc_id AND later.queue_name = t.queue_name AND later.outbox_id > t.outbox_id) THEN 1 ELSE 0 END
    FROM Job_Turns t LEFT JOIN Outbox o ON o.outbox_id = t.outbox_id
    WHERE t.user_id = ? AND t.stage_name = CAST(? AS VARCHAR(50))

SELECT t.page, t.method, t.confidence, t.language, CASE WHEN p.part > 1 THEN '' ELSE t.content END, p.content
    FROM Document_Text t LEFT JOIN Document_Text_Parts p ON p.doc_id = t.doc_id AND p.page = t.page
    WHERE t.doc_id = ? AND t.page > 0
    ORDER BY t.page, p.part

SELECT t.revision, p.content
    FROM Document_Text t JOIN Document_Text_Parts p ON p.doc_id = t.doc_id AND p.page = t.page
    WHERE t.doc_id = ? AND t.page = ? AND p.part = ?

SELECT text_id
    FROM Document_Text
    WHERE doc_id = ?
    ORDER BY page OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT trigram, user_id
    FROM Search_Trigrams
    ORDER BY trigram, user_id, word OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT u.role_id, q.bytes, q.documents, q.pages_per_day, r.bytes, r.documents, r.pages_per_day, s.bytes, s.documents, p.pages
    FROM Users u LEFT JOIN User_Quotas q ON q.user_id = u.user_id LEFT JOIN Role_Quotas r ON r.role_id = u.role_id LEFT JOIN User_Usage s ON s.user_id = u.user_id LEFT JOIN Page_Usage p ON p.user_id = u.user_id AND p.usage_day = ?
    WHERE u.user_id = ?

SELECT u.user_id, u.full_name, u.email, u.username, r.role_name, u.is_active, u.created_at
    FROM Users u LEFT JOIN Roles r ON r.role_id = u.role_id
    ORDER BY u.created_at, u.user_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT u.user_id, u.full_name, u.email, u.username, r.role_name, u.is_active, u.created_at
    FROM Users u LEFT JOIN Roles r ON r.role_id = u.role_id
    WHERE u.is_active = ?
    ORDER BY u.created_at, u.user_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT u.user_id, u.full_name, u.email, u.username, r.role_name, u.is_active, u.created_at
    FROM Users u LEFT JOIN Roles r ON r.role_id = u.role_id
    WHERE u.user_id = ?

SELECT u.user_id, u.full_name, u.email, u.username, u.role_id, r.role_name, u.is_active, u.created_at, u.tokens_valid_from, s.jti
    FROM Users u LEFT JOIN Roles r ON r.role_id = u.role_id LEFT JOIN Sessions s ON s.jti = ? AND s.user_id = u.user_id AND s.expires_at > ?
    WHERE u.user_id = ?

SELECT uploaded_by_user_id
    FROM Documents
    ORDER BY uploaded_at DESC, doc_id DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT uploaded_by_user_id
    FROM Documents
    WHERE doc_id = ?

SELECT user_id
    FROM Search_Vocabulary
    WHERE user_id = 0

SELECT user_id
    FROM User_Usage
    WHERE counted_at < ?
    ORDER BY counted_at, user_id OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT user_id
    FROM Users
    WHERE email = ?

SELECT user_id
    FROM Users
    WHERE username = ?

SELECT user_id, password_hash, is_active, role_id
    FROM Users
    WHERE email = ?

SELECT user_id, password_hash, is_active, role_id
    FROM Users
    WHERE user_id = ?

SELECT user_id, password_hash, is_active, role_id
    FROM Users WITH (UPDLOCK, ROWLOCK)
    WHERE user_id = ?

SELECT v.word
    FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (word NVARCHAR(65) '$') AS r JOIN Search_Vocabulary v ON v.user_id = ? AND v.word = r.word COLLATE Latin1_General_BIN2
    WHERE NOT EXISTS (SELECT 1
    FROM Search_Words t
    WHERE t.term = v.word AND t.user_id = v.user_id)

SELECT version
    FROM Schema_Version

SELECT version
    FROM Schema_Version
    WHERE version = ?

SELECT version, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from
    FROM Document_Files
    WHERE doc_id = ? AND kind = 'original' AND sha256 = CAST(? AS VARCHAR(64))
    ORDER BY version DESC

SELECT version, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from
    FROM Document_Files
    WHERE doc_id = ? AND kind = 'original' AND version = ?

SELECT version, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from
    FROM Document_Files
    WHERE doc_id = ? AND kind = 'original'
    ORDER BY version DESC OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT word
    FROM Search_Trigrams
    WHERE trigram = ? AND user_id = ?
    ORDER BY word OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT word
    FROM Search_Vocabulary
    WHERE user_id = ? AND word >= ? AND word < ?
    ORDER BY word OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT word
    FROM Search_Vocabulary
    WHERE user_id = ?
    ORDER BY word OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

SELECT word, COUNT(DISTINCT trigram)
    FROM Search_Trigrams
    WHERE trigram IN (?, ...) AND user_id IN (?)
    GROUP BY word HAVING COUNT(DISTINCT trigram) >= ?
    ORDER BY COUNT(DISTINCT trigram) DESC, word OFFSET ? ROWS FETCH NEXT ? ROWS ONLY

UPDATE Daily_Looks SET claimed_until = ? OUTPUT INSERTED.last_id
    WHERE name = ? AND due_at <= ? AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)

UPDATE Daily_Looks SET last_id = ?, claimed_until = ?
    WHERE name = ? AND due_at <= ?

UPDATE Daily_Looks SET last_id = ?, claimed_until = NULL, due_at = ?
    WHERE name = ? AND due_at <= ?

UPDATE Document_Files SET superseded_user_id = ?
    WHERE doc_id = ? AND kind = 'original' AND version < ? AND superseded_user_id IS NULL

UPDATE Documents SET blob_name = ?
    WHERE doc_id = ? AND NOT EXISTS (SELECT 1
    FROM Documents other
    WHERE other.blob_name = ?)

UPDATE Documents SET blob_name = CAST(? AS NVARCHAR(501)) + filename
    WHERE path_id = ? AND blob_name IS NULL AND doc_id >= ? AND doc_id <= ? AND NOT EXISTS (SELECT 1
    FROM Documents other
    WHERE other.blob_name = CAST(? AS NVARCHAR(501)) + Documents.filename)

UPDATE Documents SET file_size = ?, content_type = ?, sha256 = ?, blob_name = ?, mongo_doc_id = 'pending', file_modified_at = NULL, updated_at = ?
    WHERE doc_id = ?

UPDATE Documents SET filename = ?, file_type = ?, path_id = ?, description = CASE WHEN ? = 1 THEN ? ELSE description END, updated_at = ?
    WHERE doc_id = ?

UPDATE Documents SET mongo_doc_id = ?, updated_at = ?
    WHERE doc_id = ? AND filename = ?

UPDATE Job_Queue SET claimed_until = ?, deliveries = deliveries + 1 OUTPUT INSERTED.job_id, INSERTED.deliveries, INSERTED.message_id, INSERTED.body
    WHERE job_id = ISNULL((SELECT TOP (1) job_id
    FROM Job_Queue WITH (READPAST, UPDLOCK, ROWLOCK)
    WHERE queue_name = ? AND claimed_until < ?
    ORDER BY claimed_until, job_id), ISNULL((SELECT TOP (1) job_id
    FROM Job_Queue WITH (READPAST, UPDLOCK, ROWLOCK)
    WHERE queue_name = ? AND claimed_until > ?
    ORDER BY claimed_until, job_id), (SELECT TOP (1) job_id
    FROM Job_Queue WITH (READPAST, UPDLOCK, ROWLOCK)
    WHERE queue_name = ? AND claimed_until IS NULL
    ORDER BY claimed_until, job_id))) AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)

UPDATE Job_Queue SET claimed_until = ?, deliveries = deliveries + 1 OUTPUT INSERTED.job_id, INSERTED.deliveries, INSERTED.message_id, INSERTED.body, INSERTED.user_id
    WHERE job_id = ISNULL((SELECT TOP (1) job_id
    FROM Job_Queue WITH (READPAST, UPDLOCK, ROWLOCK)
    WHERE queue_name = ? AND claimed_until < ?
    ORDER BY claimed_until, user_id, job_id), ISNULL((SELECT TOP (1) job_id
    FROM Job_Queue WITH (READPAST, UPDLOCK, ROWLOCK)
    WHERE queue_name = ? AND claimed_until > ?
    ORDER BY claimed_until, user_id, job_id), (SELECT TOP (1) job_id
    FROM Job_Queue WITH (READPAST, UPDLOCK, ROWLOCK)
    WHERE queue_name = ? AND claimed_until IS NULL AND user_id = COALESCE((SELECT MIN(user_id)
    FROM Job_Queue
    WHERE queue_name = ? AND claimed_until IS NULL AND user_id > ?), (SELECT MIN(user_id)
    FROM Job_Queue
    WHERE queue_name = ? AND claimed_until IS NULL AND user_id >= 0), (SELECT MIN(user_id)
    FROM Job_Queue
    WHERE queue_name = ? AND claimed_until IS NULL))
    ORDER BY claimed_until, user_id, job_id))) AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)

UPDATE Logs SET user_id = NULL
    WHERE user_id = ? AND log_timestamp <= ? AND log_id <= ?

UPDATE Ocr_Results SET page_count = ?, word_count = ?, avg_confidence = ?, primary_language = ?, cost_usd_ocr = ?, processed_at = ?
    WHERE doc_id = ?

UPDATE Outbox SET claimed_until = ? OUTPUT INSERTED.outbox_id, INSERTED.body, INSERTED.created_at, INSERTED.claimed_until
    WHERE outbox_id = (SELECT MIN(outbox_id)
    FROM Outbox
    WHERE queue_name = ? AND body_digest = HASHBYTES(N'SHA2_256', CAST(? AS NVARCHAR(MAX))) AND body = ?) AND (claimed_until IS NULL OR claimed_until < ?)

UPDATE Outbox SET claimed_until = ? OUTPUT INSERTED.outbox_id, INSERTED.queue_name, INSERTED.body
    WHERE (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?) AND outbox_id IN (?)

UPDATE Outbox SET claimed_until = ? OUTPUT INSERTED.outbox_id, INSERTED.queue_name, INSERTED.body
    WHERE (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?) AND outbox_id IN (?, ...)

UPDATE Outbox SET claimed_until = ?
    WHERE outbox_id = ? AND (claimed_until IS NULL OR claimed_until < ? OR (claimed_until > ? AND ? = 1))

UPDATE Outbox SET created_at = ?, available_at = ?
    WHERE outbox_id = ?

UPDATE Page_Usage WITH (UPDLOCK, HOLDLOCK) SET pages = pages + ?
    WHERE usage_day = ? AND user_id = ?

UPDATE Processing_Status SET claimed_until = ?
    WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_by = ?

UPDATE Processing_Status SET claimed_until = ?
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Processing' AND claimed_by = ?

UPDATE Processing_Status SET pages_done = ?, pages = ?
    WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_by = ?

UPDATE Processing_Status SET pages_done = ?, pages = ?
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Processing' AND claimed_by = ?

UPDATE Processing_Status SET stage_name = 'OCR'
    WHERE doc_id = ? AND stage_name = 'OCR'

UPDATE Processing_Status SET status = 'Failed', end_time = ?, error_message = ?, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_by = ?

UPDATE Processing_Status SET status = 'Failed', end_time = ?, error_message = ?, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Processing' AND claimed_by = ?

UPDATE Processing_Status SET status = 'Finished', end_time = ?, error_message = NULL, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_by = ?

UPDATE Processing_Status SET status = 'Finished', end_time = ?, error_message = NULL, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Processing' AND claimed_by = ?

UPDATE Processing_Status SET status = 'Processing', start_time = ?, end_time = NULL, error_message = NULL, claimed_by = ?, claimed_until = ?, attempts = COALESCE(attempts, 0) + 1, pages_done = NULL, pages = NULL
    WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Queued' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = Processing_Status.doc_id AND newer.stage_name = Processing_Status.stage_name AND newer.status_id > Processing_Status.status_id)

UPDATE Processing_Status SET status = 'Processing', start_time = ?, end_time = NULL, error_message = NULL, claimed_by = ?, claimed_until = ?, attempts = COALESCE(attempts, 0) + 1, pages_done = NULL, pages = NULL
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Queued' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = Processing_Status.doc_id AND newer.stage_name = Processing_Status.stage_name AND newer.status_id > Processing_Status.status_id)

UPDATE Processing_Status SET status = 'Queued', claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_by = ? AND claimed_until < ?

UPDATE Processing_Status SET status = 'Queued', claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Processing' AND claimed_by = ? AND claimed_until < ?

UPDATE Processing_Status SET status = 'Queued', start_time = ?, end_time = NULL, error_message = NULL, attempts = 0, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND NOT (status = 'Queued' AND attempts IS NOT NULL) AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = Processing_Status.doc_id AND newer.stage_name = Processing_Status.stage_name AND newer.status_id > Processing_Status.status_id)

UPDATE Processing_Status SET status = 'Queued', start_time = ?, end_time = NULL, error_message = NULL, attempts = 0, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Failed' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = Processing_Status.doc_id AND newer.stage_name = Processing_Status.stage_name AND newer.status_id > Processing_Status.status_id)

UPDATE Processing_Status SET status = 'Queued', start_time = ?, end_time = NULL, error_message = NULL, attempts = 0, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status IN ('Finished', 'Failed') AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = Processing_Status.doc_id AND newer.stage_name = Processing_Status.stage_name AND newer.status_id > Processing_Status.status_id)

UPDATE Processing_Status SET status = 'Queued', start_time = ?, end_time = NULL, error_message = NULL, attempts = NULL, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Failed' AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = Processing_Status.doc_id AND newer.stage_name = Processing_Status.stage_name AND newer.status_id > Processing_Status.status_id)

UPDATE Processing_Status SET status = 'Queued', start_time = ?, end_time = NULL, error_message = NULL, attempts = NULL, claimed_by = NULL, claimed_until = NULL
    WHERE doc_id = ? AND stage_name = 'OCR' AND status IN ('Finished', 'Failed') AND NOT EXISTS (SELECT 1
    FROM Processing_Status newer
    WHERE newer.doc_id = Processing_Status.doc_id AND newer.stage_name = Processing_Status.stage_name AND newer.status_id > Processing_Status.status_id)

UPDATE Processing_Status SET status = status OUTPUT INSERTED.status_id, INSERTED.stage_name, INSERTED.status
    WHERE doc_id = ?

UPDATE Schema_Version SET version = version
    WHERE version = 0

UPDATE Search_Large SET is_whole = 1
    WHERE doc_id = ?

UPDATE Search_Large SET pieces = pieces + 1
    WHERE doc_id = ? AND ticket = CAST(? AS VARCHAR(36))

UPDATE Sessions SET last_used_at = ?
    WHERE jti = ?

UPDATE Sessions SET token_jti = ?, last_used_at = ?, expires_at = ?
    WHERE jti = ?

UPDATE Trashed_Documents SET purge_at = ?
    WHERE uploaded_by_user_id = ? AND doc_id >= ? AND doc_id <= ? AND purge_at > ?

UPDATE Trashed_Documents SET purge_at = ?
    WHERE uploaded_by_user_id = ? AND purge_at > ? AND doc_id >= ? AND doc_id <= ?

UPDATE User_Usage SET bytes = (SELECT COALESCE(SUM(file_size), 0)
    FROM Documents
    WHERE uploaded_by_user_id = ?) + (SELECT COALESCE(SUM(file_size), 0)
    FROM Document_Files
    WHERE superseded_user_id = ?), documents = (SELECT COUNT(*)
    FROM Documents
    WHERE uploaded_by_user_id = ?)
    WHERE user_id = ?

UPDATE User_Usage SET bytes = (SELECT COALESCE(SUM(file_size), 0)
    FROM Documents
    WHERE uploaded_by_user_id = ?), documents = (SELECT COUNT(*)
    FROM Documents
    WHERE uploaded_by_user_id = ?)
    WHERE user_id = ?

UPDATE User_Usage SET bytes = bytes + ?, documents = documents + ?
    WHERE user_id = ?

UPDATE User_Usage SET bytes = bytes + ?, documents = documents + ?
    WHERE user_id = ? AND bytes <= ? AND documents <= ?

UPDATE User_Usage SET counted_at = ?
    WHERE user_id = ?

UPDATE User_Usage SET documents = documents - 1, bytes = bytes - (SELECT COALESCE(SUM(file_size), 0)
    FROM Documents
    WHERE doc_id = ?) - (SELECT COALESCE(SUM(file_size), 0)
    FROM Document_Files
    WHERE doc_id = ? AND superseded_user_id IS NOT NULL)
    WHERE user_id = (SELECT uploaded_by_user_id
    FROM Documents
    WHERE doc_id = ?)

UPDATE User_Usage SET documents = documents - 1, bytes = bytes - (SELECT COALESCE(SUM(file_size), 0)
    FROM Documents
    WHERE doc_id = ?)
    WHERE user_id = (SELECT uploaded_by_user_id
    FROM Documents
    WHERE doc_id = ?)

UPDATE Users SET full_name = COALESCE(?, full_name), email = COALESCE(?, email), username = COALESCE(?, username), is_active = COALESCE(?, is_active), role_id = CASE WHEN ? = 1 THEN ? ELSE role_id END
    WHERE user_id = ?

UPDATE Users SET password_hash = ?
    WHERE user_id = ?

UPDATE Users SET tokens_valid_from = ?
    WHERE user_id = ?

UPDATE Virtual_Paths SET description = ?
    WHERE path_id = ?

UPDATE Virtual_Paths SET full_path = ?, depth = ?
    WHERE path_id = ?
