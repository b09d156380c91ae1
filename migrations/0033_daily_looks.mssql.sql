-- What one node does for all of them, once a day: when the next time is, how far this one has come, and until when the
-- node counts as being at it.
CREATE TABLE Daily_Looks (
    name          NVARCHAR(50) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT pk_daily_looks PRIMARY KEY,
    due_at        DATETIME NOT NULL,
    last_id       BIGINT NOT NULL,
    claimed_until DATETIME NULL
);

INSERT INTO Daily_Looks (name, due_at, last_id) VALUES (N'search index', '2000-01-01T00:00:00', 0);
