-- Autovacuum's share of a table is a fifth, or a tenth before it looks at the distribution of values: of ten million rows
-- that comes late, and counts that go by an index alone go by the table where it has not been. So a fiftieth. A row of
-- Processing_Status changes several times in its life, one of Documents once: room for its next version in the same page
-- spares the indexes that do not change, and the pages it would be scattered over.
ALTER TABLE Documents SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE Processing_Status SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE Ocr_Results SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE Logs SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE Search_Pages SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE Document_Text SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- Small, and all of it changes all the time.
ALTER TABLE Job_Queue SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE Outbox SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE Queue_Turns SET (fillfactor = 70);

-- What waits to go into the index of the words is put there by whoever fills it up: little by little rather than 4 MB at a
-- time (docs/decisions/0087).
ALTER INDEX ix_search_pages_terms SET (gin_pending_list_limit = 256);
