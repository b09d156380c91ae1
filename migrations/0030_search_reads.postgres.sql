-- The passages that a search of everybody's documents finds, `most` of them at most; NULL for a language or a path is any.
-- A function for the sake of its settings, which no statement can have for itself. A word that is in most texts would else
-- be looked for in the texts themselves, from the first one on, and each would have to be unpacked for it: the planner takes
-- that for no more work than comparing a number. And with too little memory the index would only tell which pages of the
-- table have passages with the word, so that each passage in them had to be unpacked, too.
CREATE FUNCTION passages_of_everybody(asked tsquery, in_language VARCHAR, in_path VARCHAR, path_first VARCHAR,
                                      path_behind VARCHAR, most BIGINT)
RETURNS TABLE (passage_id BIGINT, doc_id BIGINT, page INTEGER, part INTEGER)
LANGUAGE sql STABLE SET enable_seqscan = off SET work_mem = '64MB' AS $$
    SELECT s.passage_id, s.doc_id, s.page, s.part FROM Search_Pages s
    WHERE s.terms @@ asked AND (in_language IS NULL OR s.language = in_language)
    AND (in_path IS NULL OR EXISTS (
        SELECT 1 FROM Documents d JOIN Virtual_Paths v ON v.path_id = d.path_id
        WHERE d.doc_id = s.doc_id AND (v.full_path = in_path
            OR (v.full_path COLLATE "C" >= path_first AND v.full_path COLLATE "C" < path_behind))))
    LIMIT most
$$;
