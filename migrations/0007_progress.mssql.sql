-- How far the extraction of a document has come, while it is Processing; and as events tell of it.
ALTER TABLE Processing_Status ADD pages_done INT NULL;
ALTER TABLE Processing_Status ADD pages INT NULL;
ALTER TABLE Document_Events ADD pages_done INT NULL;
ALTER TABLE Document_Events ADD pages INT NULL;
