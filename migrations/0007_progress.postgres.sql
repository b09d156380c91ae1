-- How far the extraction of a document has come, while it is Processing; and as events tell of it.
ALTER TABLE Processing_Status ADD COLUMN pages_done INTEGER;
ALTER TABLE Processing_Status ADD COLUMN pages INTEGER;
ALTER TABLE Document_Events ADD COLUMN pages_done INTEGER;
ALTER TABLE Document_Events ADD COLUMN pages INTEGER;
