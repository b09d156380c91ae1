-- What one node does for all of them, once a day: when the next time is, how far this one has come, and until when the
-- node counts as being at it.
CREATE TABLE Daily_Looks (
    name          VARCHAR(50) PRIMARY KEY,
    due_at        TIMESTAMP(6) NOT NULL,
    last_id       BIGINT NOT NULL,
    claimed_until TIMESTAMP(6)
);

INSERT INTO Daily_Looks (name, due_at, last_id) VALUES ('search index', '2000-01-01T00:00:00', 0);
