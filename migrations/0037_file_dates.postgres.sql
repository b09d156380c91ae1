-- When a file was changed last where it came from: `nassaq import` keeps that, and whoever else tells it with an upload.
ALTER TABLE Documents ADD COLUMN file_modified_at TIMESTAMP(6);
