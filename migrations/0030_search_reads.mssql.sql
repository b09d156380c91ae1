-- All that a search reads of a passage but for the words of phrases. The row itself has all its words beside it, in the
-- same pages: 3 to 8 KB, where this has 60 bytes.
CREATE UNIQUE INDEX uq_search_pages_hits ON Search_Pages (passage_id) INCLUDE (user_id, doc_id, page, part, language);
