-- A claim changes no indexed column: where a page has room for another version of each of its rows, no index is written.
ALTER TABLE Outbox SET (fillfactor = 50);
